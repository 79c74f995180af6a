import { chosenFacts, type EnvironmentFacts } from "../compile/context.ts";
import type { Finding } from "../findings.ts";
import type { ResolvedSite } from "./kind.ts";
import { factsOf } from "./names.ts";
import { checkPolicyName, type LearnerDeclaration, learnerOf } from "./policy.ts";

/** Checks a rollout's learner, and the expert that helps it. */

/** A stage that rolls out, as far as its policy is concerned. */
interface Rollout {
  readonly environment: string;
  readonly policy: unknown;
  readonly attempts?: unknown;
  readonly maxSteps?: number | undefined;
}

/** Checks the learner of a stage, if it has one. @param chosen Of its environment */
export function checkLearner(
  site: ResolvedSite<Rollout>,
  chosen: EnvironmentFacts,
): readonly Finding[] {
  const { environment, policy: form, attempts, maxSteps = chosen.maxSteps } = site.resolution.stage;
  const learner = learnerOf(form);
  if (learner === undefined) return [];
  const path = ["stages", site.name], { mixture, labels, takeover } = learner;
  const findings = [...checkTrained(site, learner.from, chosen)];
  if (labels !== undefined) {
    const named = { environment, policy: labels };
    findings.push(...checkPolicyName(path, named, chosen, ["policy", "labels"]));
  } else if (mixture !== undefined) {
    const problem = "a mixture needs an expert that acts in it";
    const remedy = "add labels, e.g. labels: scripted, or remove mixture";
    findings.push({ check: "missing-input", path: [...path, "policy"], problem, remedy });
  }
  if (takeover !== undefined) findings.push(...checkTakeover(path, learner, maxSteps));
  if (attempts !== undefined) {
    // Tried until it succeeds, a learner would show nothing of what it cannot do.
    const problem = "a learner's failures are data, and attempts would drop them";
    const remedy = "remove attempts";
    findings.push({ check: "two-sources", path: [...path, "attempts"], problem, remedy });
  }
  return findings;
}

/** Whether there is an expert that can go on alone, and within an episode. @param most Its steps */
function checkTakeover(
  stage: Finding["path"],
  { labels, mixture, takeover = 1 }: LearnerDeclaration,
  most: number,
): readonly Finding[] {
  const path = [...stage, "policy", "takeover"];
  if (labels === undefined) {
    const problem = "no expert takes over";
    return [{ check: "missing-input", path, problem, remedy: "add labels, e.g. labels: scripted" }];
  }
  if (mixture !== undefined) {
    const problem = "the expert acts either among the learner's steps or after them";
    return [{ check: "two-sources", path, problem, remedy: "remove mixture or takeover" }];
  }
  if (takeover <= most) return [];
  const problem = `expected at most ${most}, the steps of an episode, found ${takeover}`;
  return [{ check: "out-of-range", path, problem, remedy: "lower it" }];
}

/** Whether what a stage has trained acts in the environment of the rollout. */
function checkTrained(
  { name, resolution: { stage: { environment } }, resolutions, registered }: ResolvedSite<Rollout>,
  from: string,
  chosen: EnvironmentFacts,
): readonly Finding[] {
  const trained = resolutions.get(from);
  if (trained === undefined) return []; // and told of already
  const path = ["stages", name, "policy", "from"];
  const model = trained.stage["model"];
  const facts = typeof model === "string" ? factsOf(registered.models, model) : undefined;
  if (facts?.roles !== undefined) {
    const problem = `model "${model}" is no policy`;
    return [{ check: "wrong-input-kind", path, problem, remedy: "train a model that acts" }];
  }
  const home = trained.environment === null
    ? undefined
    : factsOf(registered.environments, trained.environment);
  if (home === undefined) return [];
  const sizes = chosenFacts(home, trained.options);
  const fits = sizes.observationSize === chosen.observationSize &&
    sizes.actionSize === chosen.actionSize;
  if (fits) return [];
  const problem =
    `expected a policy that acts in "${environment}", found one of "${trained.environment}"`;
  return [{ check: "wrong-size", path, problem, remedy: "name a stage trained on its episodes" }];
}
