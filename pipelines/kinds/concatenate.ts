import type { OwnKind } from "./own_kind.ts";

/** Datasets one behind another, a stored or imported one among them. */
export const concatenate = {
  kind: "concatenate",
  summary: "Writes the episodes of datasets, a stored or imported one among them, as one dataset",
  parameters: {
    dataset: {
      type: "stored",
      of: "dataset",
      optional: true,
      description:
        "Stored dataset whose episodes come last: a run, or a path in the data directory",
    },
    duplicates: {
      type: "text",
      choices: ["refuse", "skip"],
      default: "refuse",
      description: "What becomes of an episode that an earlier one equals",
    },
  },
  reads: { dataset: "many" },
  gives: "dataset",
  codeVersion: 1,
  work: { shape: "whole", resource: "simulate" },
  progress: { unit: "episodes" },
} as const satisfies OwnKind;
