/** Progress of an unsharded stage: optimiser steps, merged episodes. */
export interface LiveProgress {
  readonly done: number;
  readonly total: number;
  /** Loss of the latest optimiser step; absent for other kinds. */
  readonly loss?: number;
}

/**
 * Reads the progress that an operation reports, null if it reports nothing that counts. Training
 * reports `step` of `steps`; of `total`, a merge reports `episodes`, a score `predictions`, and
 * users' own kinds `done`.
 */
export function liveProgressOf(details: unknown): LiveProgress | null {
  if (details === null || typeof details !== "object") return null;
  const { step, steps, loss, total, ...counts } = details as Record<string, unknown>; // checked below
  if (typeof step === "number" && typeof steps === "number") {
    return { done: step, total: steps, ...(typeof loss === "number" ? { loss } : {}) };
  }
  const done = counts["done"] ?? counts["episodes"] ?? counts["predictions"];
  return typeof done === "number" && typeof total === "number" ? { done, total } : null;
}
