import type { z } from "zod";
import { suggestName } from "../core/suggest.ts";
import type { PipelineDeclaration } from "./graph.ts";
import type { StageKind } from "./plan.ts";
import type { Finding } from "./findings.ts";
import { PIPELINE, STAGE_KINDS, STAGES } from "./stages.ts";

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
  const found = valueAt(root, path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = knownKeys(root, path);
      return issue.keys.map((key) => ({
        check: "unknown-key",
        path: [...path, key],
        problem: `there is no parameter "${clip(key)}"`,
        remedy: suggestName(key, known),
      }));
    }
    case "invalid_type":
      return [finding("wrong-type", path, `expected ${withArticle(issue.expected)}`, found)];
    case "too_small":
    case "too_big":
      return [finding("out-of-range", path, rangeText(issue), found)];
    case "invalid_key":
      return [{
        check: "bad-name",
        path,
        problem: issue.issues[0]?.message ?? issue.message,
        remedy: "rename it",
      }];
    case "invalid_union":
      if (path.at(-1) === "kind") return [unknownKind(path, found)];
      return [finding("wrong-type", path, issue.message, found)];
    default:
      return [finding("wrong-value", path, issue.message.replace(/^Invalid input: /, ""), found)];
  }
}

function unknownKind(path: Finding["path"], found: unknown): Finding {
  return {
    check: "unknown-kind",
    path,
    problem: found === undefined
      ? "the stage has no kind"
      : `there is no kind of stage ${show(found)}`,
    remedy: suggestName(String(found ?? ""), STAGE_KINDS),
  };
}

function finding(
  check: Finding["check"],
  path: Finding["path"],
  expected: string,
  found: unknown,
): Finding {
  return {
    check,
    path,
    problem: `${expected}, found ${show(found)}`,
    remedy: found === undefined ? "add it" : "correct it",
  };
}

function rangeText(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const [bound, word] = issue.code === "too_small"
    ? [issue.minimum, issue.inclusive === false ? "more than" : "at least"]
    : [issue.maximum, issue.inclusive === false ? "less than" : "at most"];
  switch (issue.origin) {
    case "string":
      return `expected a text of ${word} ${bound} characters`;
    case "array":
      return `expected a list of ${word} ${bound}`;
    default:
      return `expected ${word} ${bound}`;
  }
}

function withArticle(type: string): string {
  const name = type === "int" ? "integer" : type === "record" ? "object" : type;
  return /^[aeio]/.test(name) ? `an ${name}` : `a ${name}`;
}

/** Parameter names that the schema has at a path of a declaration. */
function knownKeys(root: unknown, path: Finding["path"]): readonly string[] {
  if (path.length === 0) return Object.keys(PIPELINE.shape);
  const kind = valueAt(root, [...path.slice(0, 2), "kind"]);
  const stage = isKind(kind) ? STAGES[kind] : null;
  if (path.length === 2 && stage !== null) return Object.keys(stage.shape);
  if (path[2] === "split") return ["train", "validation", "test"];
  if (path[2] === "holdout") return ["validation", "test"];
  return [];
}

function isKind(value: unknown): value is StageKind {
  return typeof value === "string" && Object.hasOwn(STAGES, value);
}

function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) {
      return undefined;
    }
    value = (value as Record<string | number, unknown>)[part]; // an object that has the property
  }
  return value;
}

/** A value as a message shows it: JSON, at most 60 characters. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return String(value);
  return clip(JSON.stringify(value) ?? String(value));
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
