/**
 * Returns the milliseconds since the process started, by a clock that nobody sets. It is for
 * progress, waiting and measured speeds alone: nothing that is stored under a digest may depend on
 * it. The lint names this file as the one place below the composition root that reads a clock.
 */
export function monotonicMs(): number {
  return performance.now();
}
