import { withArticle } from "../../core/article.ts";
import { z } from "zod";
import type { Finding } from "../findings.ts";
import type { StageWork } from "../plan.ts";
import type {
  ArtifactType,
  DeclaredSite,
  InputCount,
  StageKindDefinition,
  StoredParameter,
} from "./kind.ts";
import { kindOf } from "./registry.ts";
import { parameterSchema, type ParameterTable, type ParameterValues } from "./parameter.ts";
import { inputs, MAX_INPUTS, random } from "./shared_fields.ts";

/** Output types of kinds that a module registers. */
export type OwnOutput = Extract<ArtifactType, "dataset" | "table" | "files">;

/** Number of inputs of a type: exactly one, a range, or `"many"`: at least one. */
export type OwnCount = InputCount | "many";

/** Division of a sharded kind's work. */
export interface ShardedWork<Table extends ParameterTable = ParameterTable> {
  readonly shape: "sharded";
  readonly resource: StageWork["resource"];
  /** Shards of a stage, at least 1: independent parts of its work. */
  shards(parameters: ParameterValues<Table>): number;
}

/** A kind of stage, described as data: everything but what it does. */
export interface OwnKind<Table extends ParameterTable = ParameterTable> {
  /** Name of the kind: a-z, 0-9, - and _, at most 63 characters. */
  readonly kind: string;
  /** One line: what it does. */
  readonly summary: string;
  readonly parameters: Table;
  /** Inputs by type; a stage without any begins a graph. */
  readonly reads: Readonly<Partial<Record<ArtifactType, OwnCount>>>;
  readonly gives: OwnOutput;
  /** Version, to be raised when the same task writes other bytes. */
  readonly codeVersion: number;
  /**
   * Whether it reads all variants of an input that a matrix has multiplied; else it is multiplied
   * with it; default false.
   */
  readonly takesVariants?: boolean;
  /** Whether it draws random numbers: seed and stream are in its key only then; default false. */
  readonly draws?: boolean;
  readonly work:
    | {
      readonly shape: "whole";
      /** Workers that run it. */
      readonly resource: StageWork["resource"];
      /** Whether it continues from its own checkpoints instead of starting again; default false. */
      readonly checkpoints?: boolean;
    }
    | ShardedWork<Table>;
  /** Unit of progress, e.g. `episodes`; `shards` if absent and sharded. */
  readonly progress?: { readonly unit: string };
}

/** The definition that the rest of the project derives everything from. */
export function ownKindDefinition(own: OwnKind): StageKindDefinition {
  const { kind, summary, parameters, gives, codeVersion, draws = false, work } = own;
  const reads = Object.fromEntries(
    Object.entries(own.reads).map(([type, count]) =>
      [type, count === "many" ? [1, MAX_INPUTS] as const : count] as const
    ),
  );
  const readsInputs = Object.keys(reads).length > 0;
  const stored = storedParameters(parameters);
  const schema = z.strictObject({
    kind: z.literal(kind),
    ...(readsInputs ? { from: inputs } : {}),
    ...Object.fromEntries(
      Object.entries(parameters).map(([name, spec]) => [name, parameterSchema(spec)]),
    ),
    ...(draws ? random : {}),
  }).describe(summary);
  const unit = own.progress?.unit ?? (work.shape === "sharded" ? "shards" : "steps");
  const shardsOf = work.shape === "whole"
    ? null
    // The schema, made of the same table, has accepted them.
    : (stage: unknown) =>
      checkedShards(kind, work.shards(stage as ParameterValues<ParameterTable>));
  return {
    kind,
    schema,
    reads,
    gives,
    ...(own.takesVariants ? { takesVariants: true } : {}),
    stored,
    identity: { codeVersion, versions: ["deno", "codec"], omits: Object.keys(stored), draws },
    work: { shape: work.shape, resource: work.resource },
    isOwn: true,
    isResult: true,
    progress: { unit, count: unit, judgedBy: "success_rate" },
    headline: [],
    checks: (site) => checkCounts(site, reads),
    ...(shardsOf === null ? {} : { shardsOf, totalOf: shardsOf }),
    estimate: ({ stage }) => ({
      shards: stage.shards ?? 0,
      count: stage.shards ?? 1,
      unit: stage.shards === undefined ? "stage" : "shards",
      bytes: 0,
    }),
  };
}

function storedParameters(table: ParameterTable): Readonly<Record<string, StoredParameter>> {
  return Object.fromEntries(
    Object.entries(table).flatMap(([name, spec]) =>
      spec.type === "stored" ? [[name, { type: spec.of }] as const] : []
    ),
  );
}

/** Most shards of one stage. */
const MAX_SHARDS = 1_000_000;

function checkedShards(kind: string, shards: number): number {
  if (Number.isInteger(shards) && shards >= 1 && shards <= MAX_SHARDS) return shards;
  throw new RangeError(
    `Cannot divide ${withArticle(kind)} stage: expected 1 to ${MAX_SHARDS} shards, found ${shards}`,
  );
}

/** Expects as many inputs of each type as the kind reads. */
function checkCounts(
  { name, inputs, stages }: Pick<DeclaredSite, "name" | "inputs" | "stages">,
  reads: Readonly<Record<string, InputCount>>,
): readonly Finding[] {
  if (!inputs.every((input) => stages.has(input))) return []; // and told of already
  return Object.entries(reads).flatMap(([type, count]): readonly Finding[] => {
    const [least, most] = count === 1 ? [1, 1] : count;
    const found = inputs.filter((input) => givesType(kindOf(stages.get(input)!), type)).length;
    if (found >= least && found <= most) return [];
    return [{
      check: found < least ? "missing-input" : "too-many-inputs",
      path: ["stages", name, "from"],
      problem:
        `expected ${least === most ? least : `${least} to ${most}`} of type ${type}, found ` +
        `${found}`,
      remedy: found < least ? `name a stage that gives ${withArticle(type)}` : "name fewer stages",
    }];
  });
}

/** A trained model may act as a policy. */
function givesType({ gives }: StageKindDefinition, type: string): boolean {
  return gives === type || (type === "policy" && gives === "model");
}
