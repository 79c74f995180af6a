import type { MetricsRow } from "./training_state.ts";

/** How {@linkcode encodeEvents} dates its rows. */
export interface EncodeEventsOptions {
  /** Seconds since 1970 that every event carries. */
  readonly wallTime: number;
}

/**
 * A TensorBoard event file of training metrics; name it `events.out.tfevents.<suffix>`.
 *
 * Scalars `loss`, `validation_loss` and `learning_rate` by step.
 */
export function encodeEvents(
  _rows: readonly MetricsRow[],
  _options: EncodeEventsOptions,
): Uint8Array {
  throw new Error("Cannot encode events: not there yet");
}
