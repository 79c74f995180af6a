import type { z } from "zod";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName, suggestRegistered } from "../../core/suggest.ts";
import { checkCameras } from "../declare/cameras.ts";
import type { Registered } from "../declare/check_declaration.ts";
import { chosenFacts, type EnvironmentFacts } from "./compile.ts";
import type { Finding } from "../declare/findings.ts";
import type { Resolution } from "./resolve.ts";
import { declaredHyperparameters, type STAGES } from "../declare/stages.ts";

type Train = z.output<typeof STAGES["train"]>;
type Score = z.output<typeof STAGES["score"]>;
type Rollout = z.output<typeof STAGES["generate" | "evaluate"]>;
type Path = Finding["path"];

/** Name of every environment that a gym config declares. */
const FROM_FILES = "declared";

/** What a declaration names that is not registered, or asks of it that it does not have. */
export function checkLookups(
  resolutions: ReadonlyMap<string, Resolution>,
  context: Registered,
): readonly Finding[] {
  const generated = new Set<string | null>();
  for (const { stage } of resolutions.values()) {
    if (stage.kind === "generate") generated.add(stage.environment);
  }
  return [...resolutions].flatMap(
    ([name, resolution]): readonly Finding[] => {
      const { stage, environment } = resolution;
      const path = ["stages", name];
      switch (stage.kind) {
        case "generate":
          return checkRollout(path, stage, resolution, context);
        case "evaluate": {
          // An environment that is not registered is told of once, where it is named.
          const told = stage.environment === undefined && generated.has(environment) &&
            factsOf(context.environments, environment!) === undefined;
          return [
            ...(told ? [] : checkRollout(path, stage, resolution, context)),
            ...checkPolicyModel(path, stage, resolutions, context),
          ];
        }
        case "score":
          return checkScore(path, stage, resolutions, context);
        case "filter": {
          // Of an environment that is not registered, the generate stage says so.
          const facts = environment === null
            ? undefined
            : factsOf(context.environments, environment);
          return unknownNames([...path, "limits"], Object.keys(stage.limits), facts?.limits);
        }
        case "train":
          return checkTraining(path, stage, context);
        default:
          return [];
      }
    },
  );
}

function checkRollout(
  path: Path,
  stage: Rollout,
  { environment, external }: Pick<Resolution, "environment" | "external">,
  { environments }: Registered,
): readonly Finding[] {
  const known = Object.keys(environments);
  if (environment === null) {
    const problem = "nothing says in which environment to evaluate";
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
    ...checkPolicy(path, stage, chosen),
    ...checkSizes(path, external, environment, chosen),
    ...checkLength(path, stage, chosen),
    ...checkRandomization([...path, "randomize"], stage.randomize, chosen),
    ...(stage.kind === "generate"
      ? checkCameras([...path, "cameras"], stage.cameras ?? [], chosen)
      : []),
    ...checkPush(path, stage, facts),
  ];
}

function checkPolicy(path: Path, stage: Rollout, { policies }: EnvironmentFacts): Finding[] {
  if (stage.kind !== "generate" || policies.includes(stage.policy)) return [];
  return [{
    check: "unknown-policy",
    path: [...path, "policy"],
    problem: `environment "${stage.environment}" has no policy "${stage.policy}"`,
    remedy: policyRemedy(stage, policies),
  }];
}

/** Of environments from files, the expert is another file, and policies may be code of the user's. */
function policyRemedy(
  { environment, policy }: { readonly environment: string | undefined; readonly policy: string },
  policies: readonly string[],
): string {
  if (environment !== FROM_FILES) return suggestName(policy, policies);
  return policy === "scripted"
    ? "name its actionConfig, or another policy"
    : suggestRegistered(policy, policies);
}

/** A message ends with its remedy; what a schema says has none. */
function partsOf({ message }: InvalidInputError): Pick<Finding, "problem" | "remedy"> {
  const [, problem = message, remedy = "correct it"] =
    /^(.*?): ((?:correct it|choose one of|did you mean).*)$/s.exec(message) ?? [];
  return { problem, remedy };
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
          : "name another policy or environment",
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

function checkPush(path: Path, stage: Rollout, { randomization }: EnvironmentFacts): Finding[] {
  const isPushed = stage.kind === "evaluate" && stage.testPush !== undefined;
  if (!isPushed || randomization.some(({ name }) => name === "kick")) return [];
  return [{
    check: "unknown-option",
    path: [...path, "testPush"],
    problem: "the environment knows no kick",
    remedy: "leave it out",
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
      const problem = `it has no range, found [${low}, ${high}]`;
      findings.push({ check: "wrong-type", path: place, problem, remedy: "write true or false" });
    } else if (bounds !== undefined && (low < bounds[0] || high > bounds[1])) {
      const problem = `expected a range within [${bounds.join(", ")}], found [${low}, ${high}]`;
      findings.push({ check: "out-of-range", path: place, problem, remedy: "narrow it" });
    }
  }
  return findings;
}

function checkTraining(path: Path, stage: Train, { models }: Registered): readonly Finding[] {
  const model = factsOf(models, stage.model);
  if (model === undefined) {
    const problem = `there is no model "${stage.model}"`;
    const remedy = suggestRegistered(stage.model, Object.keys(models));
    return [{ check: "unknown-model", path: [...path, "model"], problem, remedy }];
  }
  const known = Object.keys(model.resolve({}));
  const options = Object.keys(stage.options), declared = declaredHyperparameters(stage);
  const named = Object.keys(declared).filter((name) => !options.includes(name));
  const unknown = [
    ...unknownNames(path, named, known),
    ...unknownNames([...path, "options"], options, known),
  ];
  if (unknown.length > 0) return unknown;
  try {
    model.resolve(declared);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return [{ check: "wrong-value", path, ...partsOf(error) }];
  }
}

/** A model that predicts has nothing to do in a simulator. */
function checkPolicyModel(
  path: Path,
  stage: Rollout,
  resolutions: ReadonlyMap<string, Resolution>,
  { models }: Registered,
): readonly Finding[] {
  const model = trainedModels(stage, resolutions)[0];
  if (model === undefined || factsOf(models, model)?.roles === undefined) return [];
  const problem = `model "${model}" is no policy`;
  const remedy = "make it a stage of kind score, from the train stage and its dataset";
  return [{ check: "wrong-input-kind", path: [...path, "from"], problem, remedy }];
}

function checkScore(
  path: Path,
  stage: Score,
  resolutions: ReadonlyMap<string, Resolution>,
  { models }: Registered,
): readonly Finding[] {
  const names = trainedModels(stage, resolutions), [model = ""] = names;
  const other = names.find((name) => name !== model);
  if (other !== undefined) {
    const problem = `expected models of one kind, found ${model} and ${other}`;
    const remedy = "declare one score stage for each";
    return [{ check: "wrong-input-kind", path: [...path, "from"], problem, remedy }];
  }
  const facts = factsOf(models, model);
  if (facts === undefined) return []; // the train stage says so
  if (facts.roles === undefined) {
    const problem = `model "${model}" is a policy, which predicts nothing`;
    const remedy = "make it a stage of kind evaluate";
    return [{ check: "wrong-input-kind", path: [...path, "from"], problem, remedy }];
  }
  return unknownNames([...path, "compare"], Object.keys(stage.compare), facts.roles);
}

/** Models of the train stages that a stage reads. */
function trainedModels(
  stage: Rollout | Score,
  resolutions: ReadonlyMap<string, Resolution>,
): readonly string[] {
  if (!("from" in stage) || stage.from === undefined) return [];
  return [stage.from].flat().flatMap((input) => {
    const found = resolutions.get(input)?.stage;
    return found?.kind === "train" ? [found.model] : [];
  });
}

/** @param known Undefined where nothing is known, so that nothing can be said */
function unknownNames(
  path: Path,
  names: readonly string[],
  known: readonly string[] | undefined,
): readonly Finding[] {
  if (known === undefined) return [];
  return names.filter((name) => !known.includes(name)).map((name) => ({
    check: "unknown-option",
    path: [...path, name],
    problem: `there is no "${name}" to set`,
    remedy: suggestName(name, known),
  }));
}

/** A registered thing by name; a plain lookup would find what every object has. */
function factsOf<Facts>(
  registered: Readonly<Record<string, Facts>>,
  name: string,
): Facts | undefined {
  return Object.hasOwn(registered, name) ? registered[name] : undefined;
}
