import type { OwnKind } from "./own_kind.ts";

/** Stage kind that stores an expert's action beside every action. */
export const relabel = {
  kind: "relabel",
  summary: "Adds column action_label: the action that a policy would have taken at each step",
  parameters: {
    policy: {
      type: "name",
      default: "scripted",
      description:
        "Policy of the dataset's environment that labels the steps (default the trained " +
        "input)",
    },
  },
  reads: { dataset: 1, policy: [0, 1] },
  gives: "dataset",
  codeVersion: 1,
  draws: true,
  work: { shape: "whole", resource: "simulate" },
  progress: { unit: "episodes" },
} as const satisfies OwnKind;
