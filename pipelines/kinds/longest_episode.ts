import { chosenFacts } from "../compile/context.ts";
import type { ResolvedSite } from "./kind.ts";
import { factsOf } from "./names.ts";
import { fromOf } from "./stage_inputs.ts";

/**
 * Steps of the longest episode that a stage can read, by the limits of the stages that simulate
 * upstream; null if something else gives them, such as a stored dataset.
 */
export function longestEpisode(
  name: string,
  { resolutions, registered }: Pick<ResolvedSite, "resolutions" | "registered">,
): number | null {
  const found = resolutions.get(name);
  if (found === undefined || found.external.length > 0) return null;
  const { stage, environment, options } = found, inputs = fromOf(stage);
  if (inputs.length > 0) {
    const longest = inputs.map((input) => longestEpisode(input, { resolutions, registered }));
    return longest.reduce((a, b) => a === null || b === null ? null : Math.max(a, b));
  }
  const facts = environment === null ? undefined : factsOf(registered.environments, environment);
  if (facts === undefined) return null;
  const { maxSteps } = stage;
  return typeof maxSteps === "number" ? maxSteps : chosenFacts(facts, options).maxSteps;
}
