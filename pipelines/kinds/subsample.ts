import type { OwnKind } from "./own_kind.ts";

/** Fewer rows or episodes of a dataset. */
export const subsample = {
  kind: "subsample",
  summary: "Keeps every n-th row of a dataset, or the episodes that meet a condition",
  parameters: {
    every: {
      type: "integer",
      min: 1,
      max: 10_000,
      default: 1,
      description: "Keeps every n-th row of each episode, the first among them",
    },
    where: {
      type: "text",
      optional: true,
      description:
        "Keeps episodes that meet the condition, as after episodes --where: success == 1",
    },
  },
  reads: { dataset: 1 },
  gives: "dataset",
  codeVersion: 1,
  work: { shape: "whole", resource: "simulate" },
  progress: { unit: "episodes" },
} as const satisfies OwnKind;
