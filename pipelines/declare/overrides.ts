import { withArticle } from "../../core/article.ts";
import { canonicalJson, type JsonValue } from "../../core/canonical.ts";
import { nearestName, suggestName } from "../../core/suggest.ts";
import { checkPipeline } from "./checks.ts";
import { errorOf } from "../findings.ts";
import type { PipelineDeclaration, StageDeclaration } from "./graph.ts";
import { kindOf } from "../kinds/mod.ts";
import { parseVariant } from "../variants/variant_name.ts";
import { isOfRounds, withRounds } from "./rounds_overrides.ts";
import {
  isFactor,
  readFactorAssignment,
  withFactor,
  withVariantParameter,
} from "./matrix_overrides.ts";

/** Changes to a declaration from a command line. */
export interface Overrides {
  /** `stage.parameter=value`, as after `--set`. */
  readonly set?: readonly string[];
  readonly seed?: number;
  /** `stage.factor=levels`, as after `--matrix`: `train.lr=1e-4,3e-4`. */
  readonly matrix?: readonly string[];
  /** Episodes of every generate stage, and of nothing else. */
  readonly episodes?: number;
}

/** Keys of a stage that are its place in the graph, not parameters. */
const STRUCTURE = ["kind", "from"];

/**
 * A declaration with changes applied, checked again.
 *
 * @throws {InvalidInputError} If a change names no parameter or has no value of its type
 */
export function applyOverrides(
  declaration: PipelineDeclaration,
  overrides: Overrides,
): PipelineDeclaration {
  let changed = declaration;
  if (overrides.seed !== undefined) changed = { ...changed, seed: overrides.seed };
  if (overrides.episodes !== undefined) changed = withEpisodes(changed, overrides.episodes);
  for (const text of overrides.matrix ?? []) {
    const assignment = readFactorAssignment(text, declaration.name);
    stageNamed(changed, assignment.stage);
    changed = withFactor(changed, assignment);
  }
  for (const assignment of overrides.set ?? []) changed = assign(changed, assignment);
  const findings = checkPipeline(changed);
  if (findings.length > 0) throw errorOf(declaration.name, findings);
  return changed;
}

function withEpisodes(declaration: PipelineDeclaration, episodes: number): PipelineDeclaration {
  const stages = Object.entries(declaration.stages).map(([name, stage]) =>
    [name, kindOf(stage).chain?.place === "head" ? { ...stage, episodes } : stage] as const
  );
  return { ...declaration, stages: Object.fromEntries(stages) };
}

function assign(declaration: PipelineDeclaration, assignment: string): PipelineDeclaration {
  const [, name, parameter, inner, text] =
    /^([^.=[\]]+(?:\[[^\]]*\])?)\.([^.=]+)(?:\.([^.=]+))?=(.*)$/s.exec(assignment) ?? [];
  if (name === undefined || parameter === undefined || text === undefined) {
    throw errorOf(declaration.name, [{
      check: "syntax",
      path: [],
      problem: `expected --set stage.parameter=value, found "${assignment}"`,
      remedy: "e.g. --set train.steps=5000",
    }]);
  }
  if (isOfRounds(name, declaration) && inner === undefined) {
    return withRounds(declaration, parameter, readingsOf(text)[0]);
  }
  const { base, factors } = parseVariant(name);
  const stage = stageNamed(declaration, base);
  const known = Object.keys(kindOf(stage).schema.shape).filter((key) => !STRUCTURE.includes(key));
  if (!known.includes(parameter)) {
    throw errorOf(declaration.name, [{
      check: "unknown-key",
      path: ["stages", name, parameter],
      problem: `${withArticle(stage.kind)} stage has no parameter "${parameter}" to set`,
      // Hyperparameters of a model and choices of an environment are a level below.
      remedy: known.includes("options") && nearestName(parameter, known) === null
        ? `${suggestName(parameter, known)}, or set ${name}.options.${parameter}`
        : suggestName(parameter, known),
    }]);
  }
  const candidates = readingsOf(text).map((value) => withParameter(stage, parameter, inner, value));
  const fitting = candidates.find((candidate) => kindOf(stage).schema.safeParse(candidate).success);
  // checkPipeline() says what is wrong with the first reading where none fits.
  const next = fitting ?? candidates[0]!;
  const path = inner === undefined ? parameter : `${parameter}.${inner}`;
  if (factors.size > 0) {
    const value = readingsOf(text)[candidates.indexOf(next)];
    return withVariantParameter(declaration, name, { parameter: path, value });
  }
  if (isFactor(stage, path)) throw factorError(declaration.name, name, path);
  return { ...declaration, stages: { ...declaration.stages, [name]: next } };
}

function factorError(pipeline: string, stage: string, parameter: string) {
  return errorOf(pipeline, [{
    check: "wrong-value",
    path: ["stages", stage, parameter],
    problem: "it is a factor of the matrix, whose levels would hold",
    remedy: `use --matrix ${stage}.${parameter}=... to change them`,
  }]);
}

/** Changed parameters by their place, `train.steps` or `train.options.hidden`. */
export type Changes = Readonly<Record<string, JsonValue>>;

/**
 * Returns the parameters of a declaration that differ from another's; null for those that it lacks.
 * The seed is not one of them.
 */
export function changesBetween(
  original: PipelineDeclaration,
  changed: PipelineDeclaration,
): Changes {
  const stages = Object.entries(changed.stages).flatMap(([name, stage]) =>
    differences(name, original.stages[name] ?? {}, stage)
  );
  const variants = Object.entries(changed.variants ?? {}).flatMap(([name, parameters]) =>
    differences(name, original.variants?.[name] ?? {}, parameters)
  );
  return Object.fromEntries([...stages, ...variants]);
}

/** Entries of two objects that differ, those of objects within them one by one. */
function differences(place: string, before: object, after: object): [string, JsonValue][] {
  const old = new Map<string, JsonValue>(Object.entries(before));
  const now = new Map<string, JsonValue>(Object.entries(after));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => {
    const [was = null, is = null] = [old.get(key), now.get(key)];
    if (canonicalJson(was) === canonicalJson(is)) return [];
    const inner = `${place}.${key}`;
    return isObject(was) && isObject(is) ? differences(inner, was, is) : [[inner, is]];
  });
}

function isObject(value: JsonValue): value is Readonly<Record<string, JsonValue>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A stage with one parameter, or one entry of it, replaced by what may not be of its type. */
function withParameter(
  stage: StageDeclaration,
  parameter: string,
  inner: string | undefined,
  value: unknown,
): StageDeclaration {
  const current: unknown = Object.entries(stage).find(([key]) => key === parameter)?.[1];
  const next = inner === undefined
    ? value
    : { ...(typeof current === "object" ? current : {}), [inner]: value };
  return { ...stage, [parameter]: next };
}

function stageNamed(declaration: PipelineDeclaration, name: string): StageDeclaration {
  const stage = Object.entries(declaration.stages).find(([key]) => key === name)?.[1];
  if (stage !== undefined) return stage;
  throw errorOf(declaration.name, [{
    check: "unknown-key",
    path: ["stages"],
    problem: `there is no stage "${name}" to set`,
    remedy: suggestName(name, Object.keys(declaration.stages)),
  }]);
}

/**
 * Returns the possible values of a text: JSON if it is JSON, and the text itself. The schema
 * decides.
 */
function readingsOf(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text), text];
  } catch {
    return [text];
  }
}
