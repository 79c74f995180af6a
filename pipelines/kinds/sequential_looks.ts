import type { Finding } from "../findings.ts";
import { parseVariant, variantName } from "../variants/variant_name.ts";
import { isRecord } from "../../core/findings.ts";
import { compare, LOOK } from "./compare.ts";

/**
 * Sequential comparisons: one stage for each look, of which look k reads the first k batches. All are
 * in the plan; what only later looks read is not needed once one has decided.
 */

/** Inputs of a sequential comparison: the run's own workflow follows each of them. */
const MAX_BATCHED = 200;

type Raw = Readonly<Record<string, unknown>>;

/** Result of {@linkcode expandLooks}. */
export interface ExpandedLooks {
  readonly stages: Raw;
  readonly findings: readonly Finding[];
}

/**
 * Replaces each sequential comparison by its looks.
 *
 * @param stages Raw stages by name, variants among them; whatever is no sequential comparison stays
 * @returns Null if no stage is one
 */
export function expandLooks(stages: Raw): ExpandedLooks | null {
  if (!Object.values(stages).some(isSequential)) return null;
  const expanded: [string, unknown][] = [], findings: Finding[] = [];
  for (const [name, stage] of Object.entries(stages)) {
    const sequential = isRecord(stage) ? stage["sequential"] : undefined;
    if (!isSequential(stage) || !isRecord(stage) || !isRecord(sequential)) {
      expanded.push([name, stage]);
      continue;
    }
    const fault = faultOf(name, stage, sequential, stages);
    if (fault !== null) {
      findings.push(fault);
      expanded.push([name, stage]);
    } else expanded.push(...looksOf(name, stage, sequential));
  }
  return { stages: Object.fromEntries(expanded), findings };
}

/** Whether a stage is a comparison whose looks are still one stage. */
function isSequential(stage: unknown): boolean {
  return isRecord(stage) && stage["kind"] === compare.kind && isRecord(stage["sequential"]) &&
    !(LOOK in stage["sequential"]);
}

/** The path of a finding on a look, as the declaration has it. */
export function originOfLook(path: Finding["path"]): Finding["path"] {
  const [head, name, ...rest] = path;
  if (head !== "stages" || typeof name !== "string") return path;
  const { base, factors } = parseVariant(name);
  if (!factors.has(LOOK)) return path;
  const kept = [...factors].filter(([factor]) => factor !== LOOK);
  return [head, variantName(base, kept), ...rest];
}

function looksOf(name: string, stage: Raw, sequential: Raw): [string, unknown][] {
  const inputs = namesIn(stage["from"]), factor = factorOf(sequential);
  const levels = levelsOf(inputs, factor), { base, factors } = parseVariant(name);
  return levels.map((_, at): [string, unknown] => {
    const seen = inputs.map((input, index) => ({ input, index })).filter(({ input }) => {
      const level = parseVariant(input).factors.get(factor);
      return level === undefined || levels.indexOf(level) <= at;
    });
    const { labels } = stage;
    return [variantName(base, [...factors, [LOOK, String(at + 1)]]), {
      ...stage,
      from: seen.map(({ input }) => input),
      ...(Array.isArray(labels) ? { labels: seen.map(({ index }): unknown => labels[index]) } : {}),
      stream: stage["stream"] ?? base,
      sequential: { ...sequential, look: at + 1, looks: levels.length },
    }];
  });
}

function faultOf(name: string, stage: Raw, sequential: Raw, stages: Raw): Finding | null {
  const factor = factorOf(sequential), { maxBatches } = sequential;
  const levels = levelsOf(namesIn(stage["from"]), factor);
  const path = ["stages", name, "sequential"];
  if (levels.length < 2) {
    return {
      check: "missing-input",
      path,
      problem: `expected batches, inputs that differ in factor "${factor}", found ` +
        `${levels.length} of them`,
      remedy: `give the stage that is repeated a matrix over ${factor}, or name its factor`,
    };
  }
  if (typeof maxBatches === "number" && levels.length > maxBatches) {
    return {
      check: "too-many-inputs",
      path: [...path, "maxBatches"],
      problem: `expected at most ${maxBatches} batches, found ${levels.length}`,
      remedy: `raise maxBatches, or shorten the matrix over ${factor}`,
    };
  }
  if (namesIn(stage["from"]).length > MAX_BATCHED) {
    return {
      check: "too-many-inputs",
      path,
      problem:
        `expected at most ${MAX_BATCHED} evaluations to look at one after the other, found ` +
        `${namesIn(stage["from"]).length}`,
      remedy: "compare fewer variants, or all batches at once",
    };
  }
  const reader = Object.entries(stages).find(([, other]) =>
    isRecord(other) && namesIn(other["from"]).includes(name)
  )?.[0];
  if (reader === undefined) return null;
  return {
    check: "wrong-input-kind",
    path: ["stages", reader, "from"],
    problem: `a stage cannot read "${name}", which may stop at any of its looks`,
    remedy: "read its evaluations, or compare without sequential",
  };
}

function factorOf({ factor }: Raw): string {
  return typeof factor === "string" ? factor : "seed";
}

/** Levels of a factor, in the order of the inputs. */
function levelsOf(inputs: readonly string[], factor: string): readonly string[] {
  const levels = inputs.flatMap((input) => parseVariant(input).factors.get(factor) ?? []);
  return [...new Set(levels)];
}

function namesIn(from: unknown): readonly string[] {
  return [from].flat().filter((name) => typeof name === "string");
}
