import { isRecord } from "../../core/findings.ts";
import { orderStages } from "../declare/graph.ts";
import type { Finding } from "../findings.ts";
import type { AnyStage } from "../kinds/kind.ts";
import { withInputs, withParameterInputs } from "../kinds/stage_inputs.ts";
import {
  assign,
  type DeclaredStage,
  declaredStages,
  hasVariants,
  parametersOfKind,
} from "./declared_stages.ts";
import { type ExpandedStage, type Expansion, MAX_EXPANDED } from "./expansion.ts";
import type { Joined } from "./join.ts";
import { expandLooks, originOfLook } from "../kinds/sequential_looks.ts";
import { expandRounds } from "./expand_rounds.ts";
import { multiply } from "./multiply.ts";
import { atOrigin } from "./origins.ts";
import { matrixRows, type Row, SINGLE } from "./matrix_rows.ts";
import { applyVariants } from "./single_variants.ts";
import { agree, MAX_NAME_BYTES, parseVariant, variantName } from "./variant_name.ts";

type Path = Finding["path"];

/**
 * Writes every variant of what claims to be a declaration as an ordinary stage: those of rounds, those
 * of a matrix, and those of what reads them. It comes before all other checks, which see no variants.
 */
export function expandDeclaration(value: unknown): Expansion {
  const rounds = expandRounds(value), { originOf } = rounds;
  if (rounds.findings.length > 0) {
    return { ...unchanged(rounds.value), findings: rounds.findings, originOf };
  }
  const expansion = withLooks(expandVariants(rounds.value));
  return {
    ...expansion,
    findings: atOrigin(expansion.findings, originOf),
    originOf: (path) => originOf(expansion.originOf(path)),
  };
}

/** Replaces sequential comparisons, whose batches are variants, by their looks. */
function withLooks(expansion: Expansion): Expansion {
  const { value, findings } = expansion;
  if (findings.length > 0 || !isRecord(value) || !isRecord(value["stages"])) return expansion;
  const looks = expandLooks(value["stages"]);
  if (looks === null) return expansion;
  return {
    ...expansion,
    value: { ...value, stages: looks.stages },
    findings: looks.findings,
    originOf: (path) => expansion.originOf(originOfLook(path)),
  };
}

/** The variants of matrices, and of what reads them. */
function expandVariants(value: unknown): Expansion {
  if (!hasVariants(value) || !isRecord(value)) return unchanged(value);
  const declared = declaredStages(value);
  const rows = new Map<string, readonly Row[]>();
  const findings: Finding[] = [];
  for (const { name, kind, matrix } of declared.values()) {
    if (matrix === undefined) continue;
    const path = ["stages", name, "matrix"];
    const read = matrixRows(matrix, path, parametersOfKind(kind));
    findings.push(...read.findings);
    rows.set(name, read.rows);
  }
  if (findings.length > 0) return { ...unchanged(value), findings };
  spreadOverChains(declared, rows);
  const order = orderOf(declared);
  if (order === null) return unchanged(withoutVariants(value));
  const stages: ExpandedStage[] = [];
  for (const name of order) {
    const made = multiply(declared.get(name)!, rows.get(name) ?? [SINGLE], stages);
    findings.push(...made.findings);
    stages.push(...made.joined.map((joined) => stageOf(declared.get(name)!, joined)));
  }
  findings.push(...checkNames(stages));
  const single = applyVariants(value["variants"], stages);
  const all = [...findings, ...single.findings];
  if (all.length > 0) return { ...unchanged(value), findings: all };
  return assemble(value, single.stages);
}

/** The stages of a declaration by name, every variant among them, as far as they can be told. */
export function expandedStages(declaration: unknown): ReadonlyMap<string, AnyStage> {
  const { value } = expandDeclaration(declaration);
  return new Map([...declaredStages(value)].map(([name, { stage }]) => [name, stage]));
}

function unchanged(value: unknown): Expansion {
  return { value, findings: [], originOf: (path) => path, variants: new Map() };
}

/**
 * Returns a declaration with a faulty graph without its variants, for the checks that report the
 * faults.
 */
function withoutVariants({ variants: _, ...value }: Readonly<Record<string, unknown>>): unknown {
  const stages = isRecord(value["stages"]) ? value["stages"] : {};
  return { ...value, stages: Object.fromEntries(Object.entries(stages).map(withoutMatrix)) };
}

function withoutMatrix([name, stage]: readonly [string, unknown]): readonly [string, unknown] {
  if (!isRecord(stage)) return [name, stage];
  const { matrix: _, along: __, ...kept } = stage;
  return [name, kept];
}

/**
 * A chain is as long as its last check says: what multiplies a check multiplies the stages before
 * it, which then differ in their extent alone and share their shards.
 */
function spreadOverChains(
  declared: ReadonlyMap<string, DeclaredStage>,
  rows: Map<string, readonly Row[]>,
): void {
  for (const [name, own] of [...rows]) {
    const seen = new Set([name]);
    for (let at = before(name, declared); at && !seen.has(at); at = before(at, declared)) {
      seen.add(at);
      const names = own.map(({ levels }) => ({ levels, assignments: [] }));
      rows.set(at, product(rows.get(at) ?? [SINGLE], names));
    }
  }
}

/** The stage before a check in its chain. */
function before(
  name: string,
  declared: ReadonlyMap<string, DeclaredStage>,
): string | undefined {
  const stage = declared.get(name);
  if (stage?.kind.chain?.place !== "check") return undefined;
  const [input] = stage.inputs;
  return input !== undefined && declared.has(input) ? input : undefined;
}

function product(rows: readonly Row[], others: readonly Row[]): readonly Row[] {
  return rows.flatMap((row) =>
    others.filter(({ levels }) => agree(levels, row.levels)).map(({ levels }) => ({
      ...row,
      levels: new Map([...row.levels, ...levels]),
    }))
  );
}

/** Stages after their inputs, null where they form a cycle. */
function orderOf(declared: ReadonlyMap<string, DeclaredStage>): readonly string[] | null {
  const inputs = new Map([...declared.values()].map((stage) => [
    stage.name,
    stage.inputs.flatMap((input) => {
      const selector = parseVariant(input);
      return [...declared.values()].filter(({ variant }) =>
        // What it does not say of itself its matrix may.
        variant.base === selector.base && agree(variant.factors, selector.factors)
      ).map(({ name }) => name);
    }),
  ]));
  return orderStages(inputs).order;
}

function stageOf(
  { name, variant: { base }, stage, kind, inputs }: DeclaredStage,
  { levels, assignments, inputs: chosen }: Joined,
): ExpandedStage {
  const variantsOf = (input: string) => chosen.get(input) ?? [input];
  const assigned = assignments.reduce<AnyStage>(
    (stage, { parameter, value }) => assign(stage, parameter, value),
    stage,
  );
  const isSingle = inputs.every((input) => chosen.get(input)?.[0] === input);
  const renamed = isSingle ? assigned : withParameterInputs(
    withInputs(assigned, variantsOf),
    (input) => variantsOf(input)[0] ?? input,
  );
  return {
    name: variantName(base, levels),
    variant: { base, factors: levels },
    declared: name,
    stage: isSingle ? renamed : kind.renameInputs?.(renamed, variantsOf) ?? renamed,
    assignments,
  };
}

/** Names become parts of paths of a run's directory, and plans are finite. */
function checkNames(stages: readonly ExpandedStage[]): readonly Finding[] {
  if (stages.length > MAX_EXPANDED) {
    return [{
      check: "too-many-stages",
      path: ["stages"],
      problem: `expected at most ${MAX_EXPANDED} stages, found ${stages.length} with all variants`,
      remedy: "take fewer levels, or divide them among several pipelines",
    }];
  }
  const long = stages.find(({ name, variant }) =>
    variant.factors.size > 0 && new TextEncoder().encode(name).length > MAX_NAME_BYTES
  );
  if (long === undefined) return [];
  return [{
    check: "bad-name",
    path: ["stages", long.declared],
    problem: `the name of a variant has more than ${MAX_NAME_BYTES} bytes: ${long.name}`,
    remedy: "name its levels by a label",
  }];
}

function assemble(
  { variants: _, ...value }: Readonly<Record<string, unknown>>,
  stages: readonly ExpandedStage[],
): Expansion {
  const byDeclared = Map.groupBy(stages, ({ declared }) => declared);
  const given = isRecord(value["stages"]) ? Object.entries(value["stages"]) : [];
  const entries = given.flatMap(([name, stage]): readonly (readonly [string, unknown])[] =>
    byDeclared.get(name)?.map(({ name, stage }) => [name, stage]) ?? [withoutMatrix([name, stage])]
  );
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  return {
    value: { ...value, stages: Object.fromEntries(entries) },
    findings: [],
    originOf: (path) => originOf(path, byName),
    variants: new Map([...byDeclared].filter(([name, [first]]) => first?.name !== name)),
  };
}

function originOf(path: Path, stages: ReadonlyMap<string, ExpandedStage>): Path {
  const [head, name, ...rest] = path;
  const stage = head === "stages" ? stages.get(String(name)) : undefined;
  if (stage === undefined) return path;
  const inner = rest.map(String);
  const assigned = stage.assignments.find(({ parameter }) => {
    const own = parameter.split(".");
    return own.every((part, at) => part === inner[at]);
  });
  if (assigned === undefined) return ["stages", stage.declared, ...rest];
  return [...assigned.origin, ...rest.slice(assigned.parameter.split(".").length)];
}
