import { z } from "zod";
import { canonicalJson, type JsonValue } from "../core/canonical.ts";
import { InvalidInputError } from "../core/errors.ts";
import { expectedBy } from "../core/findings.ts";
import {
  commitDirectory,
  isRelativePlace,
  NAME_PATTERN,
  STAGE_NAME_PATTERN,
  stageDirectory,
} from "./places.ts";
import type { AnyStage, StageKindDefinition } from "./kinds/kind.ts";
import { parameterInputs } from "./kinds/stage_inputs.ts";
import type {
  ChainPlace,
  ExternalInput,
  PipelinePlan,
  StageCommand,
  StagePlan,
  StageWork,
} from "./plan.ts";

/**
 * Schema of a plan, which is checked before the plan is executed: anyone who can reach the Temporal
 * server can start a workflow, and its input names directories.
 *
 * Names are patterns, places are relative and recomputed from what they are made of. Which kinds of
 * stage there are, and what their parameters are, is told by a table ({@linkcode requireKind}),
 * because modules register kinds of their own. A place says nothing of the store that it is in, so
 * a store that is no directory has the same ones.
 */

/** Bound on counts that no memory depends on: what a double holds exactly. */
const LARGE = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Shards that a stage may have: the list of them still fits into memory. */
export const MAX_SHARDS = 10_000_000;

/** Stages of a plan: 512 variants of every stage of a long pipeline. */
const MAX_STAGES = 16_384;

/** SHA-256 in hex. */
export const DIGEST = z.string().regex(/^[0-9a-f]{64}$/, { error: "expected 64 hex digits" });

/** Schema of the names of pipelines, kinds and random streams. */
export const NAME = z.string().regex(NAME_PATTERN, {
  error: "expected a name of a-z, 0-9, - and _ that begins with a letter, at most 63 characters",
});

/** Longest name of a stage, in bytes of UTF-8: names of files have 255, of which a suffix takes some. */
const STAGE_NAME_BYTES = 200;

/** Name of a stage of a plan; variants carry their factors in brackets. */
export const STAGE_NAME = z.string().refine(
  (name) =>
    STAGE_NAME_PATTERN.test(name) && new TextEncoder().encode(name).length <= STAGE_NAME_BYTES,
  { error: "expected the name of a stage, like train or train[lr=0.0001,seed=2]" },
);

/** A place in a store: relative to its root, and never above it. */
export const PLACE = z.string().min(1).max(1024).refine(isRelativePlace, {
  error: "expected a path relative to the data directory, without .. or a leading /",
});

const JSON_VALUE = z.json();

const STAGE_PLACE = z.string().regex(/^stages\/[a-z][a-z0-9_-]{0,62}-[0-9a-f]{12}$/, {
  error: "expected stages/<kind>-<12 hex digits>",
});

const CHAIN = objectOf<ChainPlace>({
  target: LARGE.min(1),
  shard: z.int().min(1).max(4096),
  maxCandidates: LARGE.min(1),
  quarantine: z.literal("skip").exactOptional(),
  generate: STAGE_PLACE,
  seed: LARGE,
  previous: STAGE_NAME.nullable(),
  next: STAGE_NAME.nullable(),
}).refine(({ maxCandidates, shard }) => maxCandidates / shard <= MAX_SHARDS, {
  error: `expected at most ${MAX_SHARDS} shards`,
});

/** The schema of every field of a type, those that may be absent too: a new one is not forgotten. */
type FieldsOf<Value> = {
  readonly [Name in keyof Value]-?: z.ZodType<Exclude<Value[Name], undefined>>;
};

/** The schema of an object that has the fields of a type, and no other. */
export function objectOf<Value>(fields: FieldsOf<Value>): z.ZodType<Value> {
  return z.strictObject(fields) as unknown as z.ZodType<Value>; // each field is of its type
}

const WORK = objectOf<StageWork>({
  shape: z.enum(["sharded", "whole"]),
  resource: z.enum(["simulate", "learn", "program"]),
  retries: z.literal("unbounded").exactOptional(),
});

const EXTERNAL = objectOf<ExternalInput>({
  parameter: z.string().min(1).max(63),
  path: PLACE,
  digest: DIGEST,
  runtime: z.string().min(1).max(255).exactOptional(),
  description: DIGEST.exactOptional(),
});

const COMMAND = objectOf<StageCommand>({
  name: NAME,
  digest: DIGEST,
  nonce: DIGEST.exactOptional(),
});

/** A stage of a plan. Its parameters are checked by {@linkcode requireKind}. */
export const STAGE_PLAN = objectOf<StagePlan>({
  name: STAGE_NAME,
  kind: NAME,
  work: WORK,
  from: z.array(STAGE_NAME).max(MAX_STAGES),
  external: z.array(EXTERNAL).max(8),
  parameters: z.record(z.string().max(255), JSON_VALUE),
  seed: LARGE,
  stream: STAGE_NAME,
  key: DIGEST,
  manifestKey: DIGEST,
  directory: z.string(),
  commit: z.string(),
  chain: CHAIN.exactOptional(),
  command: COMMAND.exactOptional(),
  exact: z.literal(false).exactOptional(),
  shards: z.int().min(1).max(MAX_SHARDS).exactOptional(),
  unless: STAGE_NAME.exactOptional(),
}).superRefine((stage, { addIssue }) => {
  const places = {
    directory: stageDirectory(stage.kind, stage.key),
    commit: commitDirectory(stage),
    ...(stage.chain === undefined ? { manifestKey: stage.key } : {}),
  };
  for (const [field, expected] of Object.entries(places)) {
    if (stage[field as keyof typeof places] === expected) continue; // a key of `places`
    addIssue({ code: "custom", path: [field], message: `expected "${expected}"` });
  }
  const { chain } = stage;
  if (chain === undefined) return;
  if (chain.previous === null && chain.generate !== stage.directory) {
    const message = "expected the directory of the stage that begins the chain";
    addIssue({ code: "custom", path: ["chain", "generate"], message });
  }
  if (chain.previous !== null && !stage.from.includes(chain.previous)) {
    addIssue({ code: "custom", path: ["chain", "previous"], message: "expected an input" });
  }
});

/** A whole plan: every stage comes after its inputs, and chains are linked in both directions. */
export const PIPELINE_PLAN = objectOf<PipelinePlan>({
  name: NAME,
  seed: LARGE,
  digest: DIGEST,
  stages: z.array(STAGE_PLAN).min(1).max(MAX_STAGES),
}).superRefine(({ stages }, { addIssue }) => {
  const known = new Map<string, StagePlan>();
  const refuse = (index: number, field: string, message: string) =>
    addIssue({ code: "custom", path: ["stages", index, field], message });
  for (const [index, stage] of stages.entries()) {
    if (known.has(stage.name)) refuse(index, "name", "expected a name of its own");
    if (!stage.from.every((name) => known.has(name))) {
      refuse(index, "from", "expected stages that come before");
    }
    if (stage.unless !== undefined && !known.has(stage.unless)) {
      refuse(index, "unless", "expected a stage that comes before");
    }
    const { previous = null } = stage.chain ?? {};
    if (previous !== null && !follows(stage, known.get(previous))) {
      refuse(index, "chain", "expected the chain of the stage before");
    }
    known.set(stage.name, stage);
  }
  for (const [index, { name, chain }] of stages.entries()) {
    if (chain?.next == null) continue;
    if (known.get(chain.next)?.chain?.previous !== name) {
      refuse(index, "chain", "expected a stage that comes behind");
    }
  }
});

/** Returns whether a stage continues the chain of the previous one. */
function follows({ name, chain }: StagePlan, before: StagePlan | undefined): boolean {
  const other = before?.chain;
  return other !== undefined && other.next === name && other.generate === chain?.generate &&
    other.shard === chain.shard && other.quarantine === chain.quarantine;
}

/**
 * Checks a stage by what is known of its kind: its parameters, and what follows from them.
 *
 * @param kind Of the name that the stage gives
 * @throws {InvalidInputError} If there is no such kind, or the stage is none of it
 */
export function requireKind(
  { name, kind, from, work, shards, command, parameters }: StagePlan,
  definition: StageKindDefinition | undefined,
): void {
  const what = `stage "${name}"`;
  if (definition === undefined) {
    throw refused(what, { place: "kind", expected: "expected a registered kind", found: kind });
  }
  for (const field of ["kind", "from"]) {
    if (!Object.hasOwn(parameters, field)) continue;
    const found = parameters[field];
    throw refused(what, {
      place: `parameters.${field}`,
      expected: "expected no such field",
      found,
    });
  }
  const named = parameterInputs({ kind, ...parameters }).map(([, input]) => input);
  const own = from.slice(0, from.length - named.length);
  if (from.slice(own.length).join("\n") !== named.join("\n")) {
    const expected = `expected it to end with ${named.join(", ")}, as its parameters do`;
    throw refused(what, { place: "from", expected, found: from });
  }
  const stage: AnyStage = { kind, ...(own.length === 0 ? {} : { from: own }), ...parameters };
  checkInput<unknown>(what, definition.schema, stage);
  const expected = {
    work: { ...definition.work },
    shards: definition.shardsOf?.(stage),
    command: definition.commandOf?.(stage),
  };
  const found = { work: { ...work }, shards, command: command?.name };
  for (const field of ["work", "shards", "command"] as const) {
    if (isSame(found[field], expected[field])) continue;
    const place = `expected ${JSON.stringify(expected[field])}`;
    throw refused(what, { place: field, expected: place, found: found[field] });
  }
}

/** Whether two values of a plan are the same, in whatever order their fields are. */
function isSame(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (typeof left !== "object" || typeof right !== "object") return left === right;
  return canonicalJson(left) === canonicalJson(right);
}

/**
 * Checks what came over the network.
 *
 * @param what What it is, for the message
 * @returns The value, as it came
 * @throws {InvalidInputError} If it is not of the schema; the message names the first fault
 */
export function checkInput<Value>(what: string, schema: z.ZodType<Value>, value: unknown): Value {
  if (isDeep(value)) {
    throw refused(what, {
      place: "",
      expected: `expected at most ${MAX_DEPTH} levels`,
      found: value,
    });
  }
  const { success, error } = schema.safeParse(value);
  // What the schema fills in was filled in by who made the plan; the value stays what it was.
  if (success) return value as Value;
  const issue = error.issues[0]!; // there is one where it does not succeed
  throw refused(what, {
    place: issue.path.map(String).join("."),
    expected: expectedBy(issue),
    found: valueAt(value, issue.path),
  });
}

/** Levels of lists and objects: schemas look into them by recursion, which ends somewhere. */
const MAX_DEPTH = 64;

function isDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    level = level.flatMap((item) =>
      item !== null && typeof item === "object" ? Object.values(item) : []
    );
    if (level.length === 0) return false;
  }
  return true;
}

interface Fault {
  readonly place: string;
  readonly expected: string;
  readonly found: unknown;
}

function refused(what: string, { place, expected, found }: Fault): InvalidInputError {
  const where = place === "" ? "" : `${shown(place, 200)}: `;
  return new InvalidInputError({
    action: `execute ${shown(what, 300)}`,
    problem: `${where}${expected}, found ${describe(found)}`,
    remedy: "start runs by the commands of this project",
  });
}

/** A value as one short line: it may be anything, and of any size. */
function describe(value: unknown): string {
  if (typeof value === "string") return shown(JSON.stringify(value.slice(0, 80)), 400);
  if (Array.isArray(value)) return "a list";
  return value !== null && typeof value === "object" ? "an object" : String(value);
}

/** A text without what would hide or move text in a terminal, and no longer than that. */
function shown(text: string, most: number): string {
  return text.slice(0, most).replaceAll(
    /\p{C}/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const part of path) {
    if (found === null || typeof found !== "object" || !Object.hasOwn(found, part)) {
      return undefined;
    }
    found = (found as Readonly<Record<PropertyKey, unknown>>)[part]; // has it
  }
  return found;
}
