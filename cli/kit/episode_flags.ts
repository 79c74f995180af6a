import { type Condition, CONDITIONS } from "../../pipelines/mod.ts";
import type { FlagTable } from "./flags.ts";

/** Flag of commands that show episodes. */
export const CONDITION_FLAG = {
  condition: {
    type: "text",
    placeholder: "NAME",
    description: "Condition of an evaluation's episodes (default plain)",
    choices: CONDITIONS,
  },
} as const satisfies FlagTable;

/** Converts the flag to a condition. */
export function conditionOf(text: string | undefined): Condition | undefined {
  return CONDITIONS.find((condition) => condition === text);
}

/** Names recorded episodes to the commands that show them. */
export const EPISODES_ARGUMENT = {
  description: "A run (reach-expert, reach-expert/7), one of its stages with episodes " +
    "(reach-expert/7/evaluate), or the path of a dataset",
} as const;
