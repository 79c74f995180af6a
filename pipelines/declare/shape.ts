import type { z } from "zod";
import { describeIssue, showValue, valueAt } from "../../core/findings.ts";
import { suggestName } from "../../core/suggest.ts";
import type { PipelineDeclaration, StageDeclaration } from "./graph.ts";
import type { Finding } from "../findings.ts";
import { findKind, listKinds } from "../kinds/mod.ts";
import { pipelineSchema } from "./pipeline_schema.ts";

/** Stages that one pipeline may declare; beyond it a generator has run away. */
export const MAX_STAGES = 256;

/** Valid and invalid parts of a value that claims to be a declaration. */
export interface ShapeResult {
  /**
   * All of it where nothing was found; else the stages that can be read, without the parameters in
   * which something was found.
   */
  readonly declaration: PipelineDeclaration;
  /** Names of the stages that cannot be read. */
  readonly unread: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

/**
 * Checks types, ranges and names; `checkGraph()` follows. Defaults are left open: which of them
 * hold may depend on the model.
 *
 * @param value In which every variant is a stage of its own
 * @param most Stages that it may have
 */
export function checkShape(value: unknown, most = MAX_STAGES): ShapeResult {
  const names = Object.keys(stagesOf(value));
  if (names.length > most) {
    // To tell of thousands one by one takes long and helps nobody: checkGraph() tells of their number.
    return { declaration: { name: "", stages: {} }, unread: new Set(names), findings: [] };
  }
  const schema = pipelineSchema();
  const result = schema.safeParse(value);
  const findings = result.success
    ? []
    : result.error.issues.flatMap((issue) => describe(schema, issue, value));
  for (const name of RESERVED) {
    if (!Object.hasOwn(stagesOf(value), name)) continue;
    const path = ["stages", name];
    findings.push({ check: "bad-name", path, problem: "this name is reserved", remedy: RENAME });
  }
  if (findings.length > 0) return { ...readable(value, findings), findings };
  // The schema has just accepted exactly this value.
  return { declaration: value as PipelineDeclaration, unread: new Set(), findings };
}

const RENAME = "rename it";

/**
 * Names that every object has by default and the schema lets pass: it does not even see
 * "__proto__".
 */
const RESERVED = ["__proto__", "constructor"];

function stagesOf(value: unknown): Readonly<Record<string, unknown>> {
  const stages = valueAt(value, ["stages"]);
  // An array has stages without names, which are none.
  return typeof stages === "object" && stages !== null && !Array.isArray(stages)
    ? stages as Readonly<Record<string, unknown>> // an object
    : {};
}

/** The stages that are well but for some of their parameters. */
function readable(value: unknown, findings: readonly Finding[]): Omit<ShapeResult, "findings"> {
  const stages: [string, StageDeclaration][] = [];
  const unread = new Set<string>();
  const byStage = Map.groupBy(findings, ({ path }) => path[0] === "stages" ? path[1] : undefined);
  for (const [name, stage] of Object.entries(stagesOf(value))) {
    const own = byStage.get(name) ?? [];
    const sound = own.some(({ path }) => path.length < 3) ? null : without(stage, own);
    if (sound === null) unread.add(name);
    else stages.push([name, sound]);
  }
  const name = valueAt(value, ["name"]);
  const declaration = {
    name: typeof name === "string" ? name : "",
    stages: Object.fromEntries(stages),
  };
  return { declaration, unread };
}

/** A stage without the parameters that findings are about, null if it needs one of them. */
function without(stage: unknown, findings: readonly Finding[]): StageDeclaration | null {
  const kind = findKind(String(valueAt(stage, ["kind"])));
  if (kind === undefined || typeof stage !== "object" || stage === null) return null;
  const faulty = new Set(findings.map(({ path }) => path[2]));
  const kept = Object.fromEntries(Object.entries(stage).filter(([key]) => !faulty.has(key)));
  // Accepted by its schema, it is what the schema says.
  return kind.schema.safeParse(kept).success ? kept as unknown as StageDeclaration : null;
}

function describe(
  schema: z.ZodType,
  issue: z.core.$ZodIssue,
  root: unknown,
): readonly Finding[] {
  const path = issue.path.map((part) => typeof part === "symbol" ? String(part) : part);
  const isKind = issue.code === "invalid_union" && path.at(-1) === "kind";
  return isKind ? [unknownKind(path, valueAt(root, path))] : describeIssue(schema, issue, root);
}

function unknownKind(path: Finding["path"], found: unknown): Finding {
  return {
    check: "unknown-kind",
    path,
    problem: found === undefined
      ? "the stage has no kind"
      : `there is no kind of stage ${showValue(found)}`,
    remedy: suggestName(String(found ?? ""), listKinds().map(({ kind }) => kind)),
  };
}
