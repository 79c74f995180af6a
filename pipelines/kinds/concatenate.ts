import type { OwnKind } from "./own_kind.ts";

/** Datasets one after another, a stored or imported one among them. */
export const concatenate = {
  kind: "concatenate",
  summary: "Concatenates datasets, including a stored or imported one, into one dataset",
  parameters: {
    dataset: {
      type: "stored",
      of: "dataset",
      optional: true,
      description: "Stored dataset, appended last: a run, or a path in the data directory",
    },
    duplicates: {
      type: "text",
      choices: ["refuse", "skip"],
      default: "refuse",
      description: "Whether an episode identical to an earlier one fails the stage or is skipped",
    },
  },
  reads: { dataset: "many" },
  gives: "dataset",
  takesVariants: true,
  codeVersion: 1,
  work: { shape: "whole", resource: "simulate" },
  progress: { unit: "episodes" },
} as const satisfies OwnKind;
