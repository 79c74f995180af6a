import type { OwnKind } from "./own_kind.ts";

/** What an expert would have done beside every action. */
export const relabel = {
  kind: "relabel",
  summary: "Writes beside every action what a policy would have done, as action_label",
  parameters: {
    policy: {
      type: "name",
      default: "scripted",
      description: "Policy of the dataset's environment that is asked; with a trained input, that",
    },
  },
  reads: { dataset: 1, policy: [0, 1] },
  gives: "dataset",
  codeVersion: 1,
  draws: true,
  work: { shape: "whole", resource: "simulate" },
  progress: { unit: "episodes" },
} as const satisfies OwnKind;
