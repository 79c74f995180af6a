import type { FieldSpec } from "../../../core/episode.ts";
import type { OutcomeFunction } from "../../world/environment.ts";
import { fieldPlaces } from "../../world/field_reader.ts";
import type { GymConfig } from "../config/gym_config_types.ts";
import { REWARDS } from "./rewards.ts";
import type { RuleInput } from "./bound_functors.ts";
import { SUCCESS } from "./success.ts";

/**
 * The reward and termination function of a checked config. The reward is 1 if the episode
 * succeeds, unless a declared reward replaces that, plus the weighted sum of the declared ones.
 *
 * @param fields Of the observation
 */
export function createOutcomeFunction(
  config: GymConfig,
  fields: readonly FieldSpec[],
): OutcomeFunction {
  const places = fieldPlaces(fields);
  const rules = Object.values(config.env.success)
    .map(({ func, params }) => SUCCESS[func]!.bind(params)); // checkFunctors() has found it
  const rewards = Object.values(config.env.rewards).map(({ func, params, mode, weight }) => ({
    ...REWARDS[func]!.bind(params), // so too
    mode,
    weight,
  }));
  const isReplaced = rewards.some(({ mode }) => mode === "replace");
  let previousAction: Float32Array | null = null;
  return (observation, action) => {
    const field = (name: string) => {
      const { at, size } = places.get(name)!; // checkNeeds() has found it
      return observation.subarray(at, at + size);
    };
    const component = (name: string, part: string) =>
      field(name)[places.get(name)!.components.indexOf(part)]!; // so has checkReference()
    const success = rules.every((rule) => rule.holds({ field, component }));
    const input: RuleInput = { field, component, action, previousAction, success };
    const sum = rewards.reduce((sum, { value, weight }) => sum + weight * value(input), 0);
    previousAction = action.slice();
    return { reward: (isReplaced || !success ? 0 : 1) + sum, terminated: false, success };
  };
}
