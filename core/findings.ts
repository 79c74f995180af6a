import { withArticle } from "./article.ts";
import { z } from "zod";
import { InvalidInputError } from "./errors.ts";
import { suggestName } from "./suggest.ts";

/** One thing that is wrong with what a user declares, and how to mend it. */
export interface Finding<Check extends string = string> {
  /** Name of the check that objects. */
  readonly check: Check;
  /** Path of the faulty value, e.g. `["stages", "train", "steps"]`. */
  readonly path: readonly (string | number)[];
  readonly problem: string;
  readonly remedy: string;
}

/** Checks of a schema. */
export type ShapeCheck =
  | "unknown-key"
  | "wrong-type"
  | "wrong-value"
  | "out-of-range"
  | "bad-name";

/** Number of findings to print; the rest are counted: so many have a common cause. */
const PRINTED = 20;

/** Subject of findings. */
export interface FindingsSubject {
  /** Name of what cannot be used, e.g. `pipeline`. */
  readonly what: string;
  readonly name: string;
  /** Position of a path in a file, e.g. `arm.yaml:12:5`; absent for code. */
  readonly locate?: ((path: Finding["path"]) => string) | undefined;
}

/** Makes the error that lists findings, one per line; a schema may report the same twice. */
export function findingsError(
  { what, name, locate }: FindingsSubject,
  findings: readonly Finding[],
): InvalidInputError {
  const lines = new Map<string, Finding>();
  for (const finding of findings) {
    const { problem, remedy } = partsOf(finding);
    lines.set(`${problem}: ${remedy}`, finding);
  }
  const [first, ...others] = lines.values(), where = ({ path }: Finding) => locate?.(path) ?? name;
  if (first === undefined) throw new RangeError("Cannot tell of findings: there are none");
  const also = [...lines].slice(1, PRINTED).map(([line, finding]) =>
    `  also ${where(finding)}: ${line}`
  );
  const rest = others.length + 1 - PRINTED;
  const { problem, remedy } = partsOf(first);
  return new InvalidInputError({
    action: `use ${what}`,
    place: where(first),
    problem,
    remedy: [remedy, ...also, ...rest > 0 ? [`  and ${rest} more`] : []].join("\n"),
  });
}

function partsOf({ check, path, problem, remedy }: Finding) {
  const place = path.length === 0 ? "" : `${path.join(".")}: `;
  return { problem: `${place}${problem}`, remedy: `${remedy} [${check}]` };
}

/**
 * Converts an issue of a schema to findings.
 *
 * @param issue Of `schema.safeParse(root)`
 */
export function describeIssue(
  schema: z.ZodType,
  issue: z.core.$ZodIssue,
  root: unknown,
): readonly Finding<ShapeCheck>[] {
  const path = issue.path.map((part) => typeof part === "symbol" ? String(part) : part);
  const found = valueAt(root, path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(schema, path, root);
      return issue.keys.map((key) => ({
        check: "unknown-key",
        path: [...path, key],
        problem: `there is no parameter "${clip(key)}"`,
        remedy: suggestName(key, known),
      }));
    }
    case "invalid_type":
      return [
        finding("wrong-type", {
          path,
          expected: `expected ${typeText(issue.expected)}`,
          found,
          remedy: `write ${typeText(issue.expected)}`,
        }),
      ];
    case "too_small":
    case "too_big": {
      const remedy = rangeRemedy(issue);
      return [finding("out-of-range", { path, expected: rangeText(issue), found, remedy })];
    }
    case "invalid_key":
      return [{
        check: "bad-name",
        path,
        problem: issue.issues[0]?.message ?? issue.message,
        remedy: "rename it",
      }];
    case "invalid_union":
      return describeUnion(schema, issue, root);
    default: {
      const own = issue.code === "custom" ? issue.params?.["remedy"] : choiceRemedy(issue, found);
      const remedy = typeof own === "string" ? own : REPLACE;
      return [finding("wrong-value", { path, expected: expectedBy(issue), found, remedy })];
    }
  }
}

/** Returns the schema's expectation in a clause that starts with "expected". */
export function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${typeText(issue.expected)}`;
    case "too_small":
    case "too_big":
      return rangeText(issue);
    case "invalid_value": {
      const values = issue.values.map((value) => showValue(value));
      return `expected ${values.length === 1 ? "" : "one of "}${values.join(", ")}`;
    }
    case "unrecognized_keys":
      return `expected no ${issue.keys.map((key) => showValue(key)).join(", ")}`;
    default:
      return issue.message; // the words of the schema, which begin so
  }
}

/**
 * Converts an issue of a union to findings: those of the intended form, if it can be recognised.
 */
function describeUnion(
  schema: z.ZodType,
  issue: z.core.$ZodIssueInvalidUnion,
  root: unknown,
): readonly Finding<ShapeCheck>[] {
  const path = issue.path.map((part) => typeof part === "symbol" ? String(part) : part);
  const found = valueAt(root, path), meant = meantBranch(issue, found);
  return meant === null
    ? [finding("wrong-type", { path, expected: issue.message, found, remedy: REPLACE })]
    : meant.flatMap((inner) =>
      describeIssue(schema, { ...inner, path: [...issue.path, ...inner.path] }, root)
    );
}

/**
 * The issues of the one form of a union that an object is meant to be: it has all fields that the
 * form requires. Null where that is none of them, or several.
 */
function meantBranch(
  { errors = [] }: z.core.$ZodIssueInvalidUnion,
  found: unknown,
): readonly z.core.$ZodIssue[] | null {
  if (typeof found !== "object" || found === null || Array.isArray(found)) return null;
  const meant = errors.filter((issues) =>
    issues.length > 0 && issues.every((issue) =>
      issue.code === "unrecognized_keys" ||
      (issue.path.length > 0 && issue.code !== "invalid_union" &&
        valueAt(found, issue.path.map((part) => typeof part === "symbol" ? String(part) : part)) !==
          undefined)
    )
  );
  return meant.length === 1 ? meant[0]! : null;
}

/** Remedy for a value whose expected form the message has said. */
const REPLACE = "write it in that form";

/** @param remedy For a value that is there; one that is absent is to be added */
function finding<Check extends ShapeCheck>(
  check: Check,
  { path, expected, found, remedy }: {
    readonly path: Finding["path"];
    readonly expected: string;
    readonly found: unknown;
    readonly remedy: string;
  },
): Finding<Check> {
  return {
    check,
    path,
    problem: `${expected}, found ${showValue(found)}`,
    remedy: found === undefined ? "add it" : remedy,
  };
}

function choiceRemedy(issue: z.core.$ZodIssue, found: unknown): string | undefined {
  if (issue.code !== "invalid_value") return undefined;
  const names = issue.values.filter((value) => typeof value === "string");
  return names.length === 0 || typeof found !== "string" ? undefined : suggestName(found, names);
}

function rangeRemedy({ code, origin }: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const isSmall = code === "too_small";
  switch (origin) {
    case "string":
      return isSmall ? "lengthen it" : "shorten it";
    case "array":
      return isSmall ? "add entries" : "remove entries";
    default:
      return isSmall ? "raise it" : "lower it";
  }
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

/** Words that people use for the types of a schema. */
const WORDS: Readonly<Record<string, string>> = { int: "integer", record: "object", tuple: "list" };

function typeText(type: string): string {
  return withArticle(WORDS[type] ?? type);
}

/** Names that a schema knows at a path of a value. */
function keysAt(schema: z.ZodType, path: Finding["path"], value: unknown): readonly string[] {
  const bare = unwrap(schema);
  if (bare instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = bare.def;
    const options = bare.options as readonly z.ZodType[]; // of whichever kind, each is a schema
    const chosen = options.find((option) => {
      const tag = unwrap(option);
      return tag instanceof z.ZodObject &&
        (tag.shape as Record<string, z.ZodType>)[discriminator] // by its definition it has the key
          ?.safeParse(valueAt(value, [discriminator])).success;
    });
    return chosen === undefined ? [] : keysAt(chosen, path, value);
  }
  if (bare instanceof z.ZodUnion) {
    return bare.options.flatMap((option) =>
      option instanceof z.ZodType ? keysAt(option, path, value) : []
    );
  }
  const [part, ...rest] = path;
  if (part === undefined) return bare instanceof z.ZodObject ? Object.keys(bare.shape) : [];
  const inner = valueAt(value, [part]);
  if (bare instanceof z.ZodObject) {
    const field = valueAt(bare.shape, [part]);
    return field instanceof z.ZodType ? keysAt(field, rest, inner) : [];
  }
  if (bare instanceof z.ZodRecord) return keysAt(bare.def.valueType as z.ZodType, rest, inner); // of a schema
  if (bare instanceof z.ZodArray) return keysAt(bare.def.element as z.ZodType, rest, inner); // so too
  return [];
}

/** A schema without what makes it optional. */
function unwrap(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return unwrap(schema.def.innerType as z.ZodType); // of a schema
  }
  return schema;
}

/** Returns whether a value has properties by name: an object that is not a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the value at a path of another, undefined if there is none. */
export function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
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
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return String(value);
  return clip(JSON.stringify(value) ?? String(value));
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
