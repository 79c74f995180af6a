import type { z } from "zod";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestRegistered } from "../../core/suggest.ts";
import { chosenFacts, type CompileContext, type EnvironmentFacts } from "../compile/context.ts";
import type { Finding } from "../findings.ts";
import type { Resolution, ResolvedSite } from "./kind.ts";
import { factsOf, partsOf, unknownNames } from "./names.ts";
import type { rolloutSchema } from "./shared_fields.ts";

/** Checks of stages that simulate against their environment. */

type Path = Finding["path"];

/** Parameters of every stage that simulates, and the environment, which some have. */
export type Rollout = Omit<z.output<typeof rolloutSchema>, "shard"> & {
  readonly environment?: string | undefined;
};

/** Name of every environment that a gym config declares. */
export const FROM_FILES = "declared";

/**
 * Checks the environment of a stage, its options and its sizes.
 *
 * @param more Finds what else the stage asks of the environment that it has chosen
 */
export function checkRollout(
  { name, resolution, registered: { environments } }: ResolvedSite<Rollout>,
  more: (path: Path, chosen: EnvironmentFacts, registered: EnvironmentFacts) => readonly Finding[],
): readonly Finding[] {
  const path = ["stages", name], { stage, environment, external } = resolution;
  const known = Object.keys(environments);
  if (environment === null) {
    const problem = "the environment to evaluate in is not set";
    const remedy = `add environment: ${known.join(" or ")}`;
    return [{ check: "unknown-environment", path, problem, remedy }];
  }
  const facts = factsOf(environments, environment);
  if (facts === undefined) {
    const problem = `there is no environment "${environment}"`;
    const remedy = suggestRegistered(environment, known);
    return [{ check: "unknown-environment", path: [...path, "environment"], problem, remedy }];
  }
  const options = checkOptions(path, stage, facts);
  // Of wrong options nothing more can be said.
  if (options.length > 0) return options;
  const chosen = chosenFacts(facts, stage.options);
  return [
    ...checkSizes(path, external, environment, chosen),
    ...checkLength(path, stage, chosen),
    ...checkRandomization([...path, "randomize"], stage.randomize, chosen),
    ...more(path, chosen, facts),
  ];
}

function checkOptions(
  path: Path,
  { options = {} }: Rollout,
  { configure }: EnvironmentFacts,
): readonly Finding[] {
  if (configure === undefined) return unknownNames([...path, "options"], Object.keys(options), []);
  try {
    configure(options);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return [{ check: "wrong-value", path: [...path, "options"], ...partsOf(error) }];
  }
}

/** Whether a stored policy reads what the environment gives, and gives what it takes. */
function checkSizes(
  path: Path,
  external: Resolution["external"],
  environment: string,
  facts: EnvironmentFacts,
): readonly Finding[] {
  const policy = external.find(({ parameter }) => parameter === "policy");
  return ([["observation", "observationSize"], ["action", "actionSize"]] as const).flatMap(
    ([what, size]): readonly Finding[] => {
      const found = policy?.[size];
      if (found === undefined || found === facts[size]) return [];
      return [{
        check: "wrong-size",
        path: [...path, "policy"],
        problem:
          `expected an ${what} of ${facts[size]} numbers, as "${environment}" has, found a ` +
          `policy of ${found}`,
        remedy: environment === FROM_FILES
          ? "name the gymConfig that it was trained in, in an evaluate stage"
          : "use a policy trained in this environment, or evaluate it in its own",
      }];
    },
  );
}

function checkLength(path: Path, { maxSteps }: Rollout, facts: EnvironmentFacts): Finding[] {
  if (maxSteps === undefined || maxSteps <= facts.maxSteps) return [];
  return [{
    check: "out-of-range",
    path: [...path, "maxSteps"],
    problem: `expected at most ${facts.maxSteps}, the environment's limit, found ${maxSteps}`,
    remedy: "lower it",
  }];
}

function checkRandomization(
  path: Path,
  randomize: Rollout["randomize"],
  { randomization }: EnvironmentFacts,
): readonly Finding[] {
  if (typeof randomize === "boolean") return [];
  const findings = [
    ...unknownNames(path, Object.keys(randomize), randomization.map(({ name }) => name)),
  ];
  for (const { name, range, bounds } of randomization) {
    const wanted = Object.hasOwn(randomize, name) ? randomize[name] : undefined;
    if (!Array.isArray(wanted)) continue;
    const [low, high] = wanted;
    const place = [...path, name];
    if (range === undefined) {
      const problem = `it takes no range, found [${low}, ${high}]`;
      findings.push({ check: "wrong-type", path: place, problem, remedy: "write true or false" });
    } else if (bounds !== undefined && (low < bounds[0] || high > bounds[1])) {
      const problem = `expected a range within [${bounds.join(", ")}], found [${low}, ${high}]`;
      findings.push({ check: "out-of-range", path: place, problem, remedy: "narrow it" });
    }
  }
  return findings;
}

/**
 * A stage with the choices that its environment fills in. Without options there is no such
 * parameter: not {}, which would be another identity.
 */
export function fillRollout<Stage extends Rollout>(
  { stage, environment }: Resolution<Stage>,
  context: CompileContext,
) {
  const name = environment!, registered = context.environments[name]!; // both were looked up
  const { options: own, ...rest } = stage;
  const options = registered.configure?.(own ?? {}).options;
  const maxSteps = stage.maxSteps ?? chosenFacts(registered, own).maxSteps;
  return { ...rest, environment: name, maxSteps, ...(options === undefined ? {} : { options }) };
}
