import type { z } from "zod";
import { describeIssue, showValue, valueAt } from "../core/findings.ts";
import { suggestName } from "../core/suggest.ts";
import type { PipelineDeclaration } from "./graph.ts";
import type { Finding } from "./findings.ts";
import { PIPELINE, STAGE_KINDS } from "./stages.ts";

/** A declaration whose every value has its type and range, or what is wrong with it. */
export type ShapeResult =
  | { readonly declaration: PipelineDeclaration; readonly findings: readonly [] }
  | { readonly declaration: null; readonly findings: readonly Finding[] };

/**
 * Checks types, ranges and names of anything that claims to be a declaration; `checkGraph()`
 * follows. Defaults are left open: which of them hold may depend on the model.
 */
export function checkShape(value: unknown): ShapeResult {
  const result = PIPELINE.safeParse(value);
  if (!result.success) {
    return { declaration: null, findings: result.error.issues.flatMap((i) => describe(i, value)) };
  }
  // The schema has just accepted exactly this value.
  const declaration = value as PipelineDeclaration;
  // The schema passes over "__proto__", which would be a stage all the same.
  if (Object.hasOwn(declaration.stages, "__proto__")) {
    const path = ["stages", "__proto__"];
    return { declaration: null, findings: [{ check: "bad-name", path, ...RESERVED }] };
  }
  return { declaration, findings: [] };
}

const RESERVED = { problem: "this name is reserved", remedy: "rename it" };

function describe(issue: z.core.$ZodIssue, root: unknown): readonly Finding[] {
  const path = issue.path.map((part) => typeof part === "symbol" ? String(part) : part);
  const isKind = issue.code === "invalid_union" && path.at(-1) === "kind";
  return isKind ? [unknownKind(path, valueAt(root, path))] : describeIssue(PIPELINE, issue, root);
}

function unknownKind(path: Finding["path"], found: unknown): Finding {
  return {
    check: "unknown-kind",
    path,
    problem: found === undefined
      ? "the stage has no kind"
      : `there is no kind of stage ${showValue(found)}`,
    remedy: suggestName(String(found ?? ""), STAGE_KINDS),
  };
}
