import { type Condition, CONDITIONS } from "../../pipelines/mod.ts";
import type { FlagTable } from "./flags.ts";

/** Of commands that show episodes. */
export const CONDITION_FLAG = {
  condition: {
    type: "text",
    placeholder: "NAME",
    description: "Which episodes of an evaluation; the plain ones where absent",
    choices: CONDITIONS,
  },
} as const satisfies FlagTable;

/** What the flag says. */
export function conditionOf(text: string | undefined): Condition | undefined {
  return CONDITIONS.find((condition) => condition === text);
}

/** Names recorded episodes to the commands that show them. */
export const EPISODES_ARGUMENT = {
  description: "A run (reach-expert, reach-expert/7), a stage of it that merges, generates or " +
    "evaluates (reach-expert/7/evaluate), or the path of a dataset",
} as const;
