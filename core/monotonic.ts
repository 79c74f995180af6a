/**
 * Milliseconds since the process began, by a clock that nobody sets. For progress, waiting and figures
 * of speed alone: nothing that is stored under a digest may depend on it. The lint names this file as
 * the one place below the composition root that reads a clock.
 */
export function monotonicMs(): number {
  return performance.now();
}
