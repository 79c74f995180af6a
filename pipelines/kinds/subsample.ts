import type { OwnKind } from "./own_kind.ts";

/** Fewer rows or episodes of a dataset. */
export const subsample = {
  kind: "subsample",
  summary: "Keeps every n-th row of a dataset, or the episodes that match a condition",
  parameters: {
    every: {
      type: "integer",
      min: 1,
      max: 10_000,
      default: 1,
      description: "Keep every n-th row of each episode, starting with the first",
    },
    where: {
      type: "text",
      optional: true,
      description:
        "Keep episodes that match this condition, in the syntax of episodes --where: success " +
        "== 1",
    },
  },
  reads: { dataset: 1 },
  gives: "dataset",
  codeVersion: 1,
  work: { shape: "whole", resource: "simulate" },
  progress: { unit: "episodes" },
} as const satisfies OwnKind;
