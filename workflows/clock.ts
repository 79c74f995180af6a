/** Milliseconds of the workflow's own clock, which a replay reads from the history. */
export function replayedTime(): number {
  // deno-lint-ignore layers/globals -- within workflows the SDK replaces Date
  return Date.now();
}

/**
 * Returns the seconds of the workflow's own clock since `begun`, which is in ms of the same clock.
 */
export function secondsSince(begun: number): number {
  return (replayedTime() - begun) / 1000;
}
