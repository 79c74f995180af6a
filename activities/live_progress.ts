/** How far the work of a stage without shards is: optimiser steps, episodes merged. */
export interface LiveProgress {
  readonly done: number;
  readonly total: number;
  /** Loss of the latest optimiser step; absent for other kinds. */
  readonly loss?: number;
}

/**
 * What an operation says of its progress, null if it says nothing that counts. Training says `step`
 * of `steps`; of `total` a merge says `episodes`, a score `predictions`, and kinds of users `done`.
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
