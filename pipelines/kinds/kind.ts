import type { z } from "zod";
import type { JsonValue } from "../../core/canonical.ts";
import type {
  CompileContext,
  EnvironmentOptions,
  Registered,
  ResolvedExternal,
} from "../compile/context.ts";
import type { Finding } from "../findings.ts";
import type { ExternalInput, StagePlan, StageWork } from "../plan.ts";

/** Type of a stage's output, by which other stages can read it. */
export type ArtifactType =
  | "episodes"
  | "dataset"
  | "model"
  | "policy"
  | "evaluation"
  | "scores"
  | "table"
  | "files";

/** Number of inputs of a type: exactly one, or a range. */
export type InputCount = 1 | readonly [least: number, most: number];

/** A stage as it was declared, whatever its kind: its place in the graph and its parameters. */
export interface AnyStage {
  readonly kind: string;
  readonly from?: string | readonly string[] | undefined;
  readonly seed?: number | undefined;
  readonly stream?: string | undefined;
  readonly [parameter: string]: unknown;
}

/** One stage, resolved, with what its names stand for. */
export interface Resolution<Stage = AnyStage> {
  readonly stage: Stage;
  readonly external: readonly (ExternalInput & ResolvedExternal)[];
  /** Environment that the stage's episodes come from or run in, null if nothing says. */
  readonly environment: string | null;
  /** Options of that environment, where any were chosen. */
  readonly options?: EnvironmentOptions;
}

/** A stage among the others of its declaration, before anything is looked up. */
export interface DeclaredSite<Stage = AnyStage> {
  readonly name: string;
  readonly stage: Stage;
  /** Names of its inputs, in declared order. */
  readonly inputs: readonly string[];
  /** Every stage of the declaration that could be read, by name. */
  readonly stages: ReadonlyMap<string, AnyStage>;
  /** The stage at the head of the chain that a stage belongs to, null if it has none. */
  readonly headOf: (name: string) => { readonly name: string; readonly stage: AnyStage } | null;
}

/** A stage among the others, with what is registered. */
export interface ResolvedSite<Stage = AnyStage> {
  readonly name: string;
  readonly resolution: Resolution<Stage>;
  /** Resolutions of every stage of the declaration, by name. */
  readonly resolutions: ReadonlyMap<string, Resolution>;
  readonly registered: Registered;
}

/** Estimate of the work and disk space of a stage, before its episodes are known. */
export interface WorkEstimate {
  /** Shards at least, where every candidate is accepted; 0 for stages without shards. */
  readonly shards: number;
  /** Minimum amount of work, in `unit`. */
  readonly count: number;
  /** Unit of work, e.g. `episodes`; `epochs` if the steps depend on the dataset. */
  readonly unit: string;
  /** Bytes on disk, about: uncompressed, as if every episode had its full length. */
  readonly bytes: number;
  /** Note for a person beforehand, in one sentence; absent if there is none. */
  readonly note?: string;
}

/** A compiled stage among the others of its plan. */
export interface PlannedSite<Parameters = unknown> {
  readonly stage: StagePlan;
  readonly parameters: Parameters;
  readonly stages: ReadonlyMap<string, StagePlan>;
  readonly context: CompileContext;
}

/** Metric by which a person judges a stage while it runs. */
export type JudgedBy = "success_rate" | "acceptance_rate" | "loss";

/**
 * Definition of a stage kind: everything that the project knows about it other than its operation
 * and its charts in the report. Every table and list of kinds is derived from these definitions.
 */
export interface StageKindDefinition<
  Kind extends string = string,
  Schema extends z.ZodObject = z.ZodObject,
  Parameters = unknown,
> {
  readonly kind: Kind;
  /**
   * The parameters, with `kind`, `from`, and for those that draw random numbers `seed`, `stream`.
   */
  readonly schema: Schema;
  /** Inputs by type, in the order in which messages name them; empty if it begins a graph. */
  readonly reads: Readonly<Partial<Record<ArtifactType, InputCount>>>;
  readonly gives: ArtifactType;
  /** Parameters that name stored work, with its type; the first can replace an input stage. */
  readonly stored?: Readonly<Record<string, StoredParameter>>;
  readonly identity: {
    /** Raised when the same task writes other bytes. */
    readonly codeVersion: number;
    /** Versions, other than that of an environment or a model, on which its bytes depend. */
    readonly versions: readonly ("deno" | "codec")[];
    /** Parameters that change no byte. */
    readonly omits: readonly string[];
    /** Whether it draws random numbers: seed and stream are in the key only then. */
    readonly draws: boolean;
  };
  readonly work: StageWork;
  /** Whether it was made as kinds of users are: the report shows its figures as a table. */
  readonly isOwn?: boolean;
  /** Whether threads give their memory back at once: the stage holds a whole dataset. */
  readonly isLarge?: boolean;
  /**
   * Its place in a chain of stages that advance together, shard by shard; absent outside of them.
   */
  readonly chain?: {
    readonly place: "head" | "check";
    /** Checks come in ascending order. */
    readonly order: number;
  };
  /** Whether it simulates in an environment, which is then part of its key. */
  readonly simulates?: boolean;
  /**
   * Whether it reads all variants of an input that a matrix has multiplied; a stage of another kind
   * is multiplied with it.
   */
  readonly takesVariants?: boolean;
  /** Whether its output is a result in itself; what the others make is only worth its consumer. */
  readonly isResult: boolean;
  readonly progress: {
    /** Unit of progress. */
    readonly unit: string;
    /** Count of its commit that says how much it holds, and its unit where that is another. */
    readonly count: string;
    readonly countUnit?: string;
    readonly judgedBy: JudgedBy;
  };
  /** Counts and metrics that a person looks for first. */
  readonly headline: readonly string[];

  /**
   * The stage with the variants of its inputs in place of their names, where it names them in
   * parameters too.
   *
   * @param variantsOf Names of the variants that stand for a name
   */
  renameInputs?(stage: AnyStage, variantsOf: (name: string) => readonly string[]): AnyStage;
  /**
   * Describes the result of a completed stage, as the end of a sentence: `98 of 100 episodes
   * succeeded`.
   */
  verdict?(
    counts: Readonly<Record<string, number>>,
    metrics: Readonly<Record<string, number | string>>,
  ): string;
  /**
   * Returns why a run with this result has failed although the stage completed, null if it has not.
   *
   * @param attributes Of its commit
   */
  failure?(
    attributes: Readonly<Record<string, JsonValue>>,
    stage: StagePlan,
  ): { readonly name: string; readonly message: string } | null;
  /**
   * Name of the look before a stage that is one of several looks at the same question; null if it is
   * the first, undefined if it is no look. A result whose count `decided` is 1 ends the looks.
   */
  previousLook?(name: string, stage: z.output<Schema>): string | null | undefined;
  /** Finds what its parameters ask of its inputs that cannot be had. */
  checks?(site: DeclaredSite<z.output<Schema>>): readonly Finding[];
  /** Finds what it names that is not registered. */
  lookUp?(site: ResolvedSite<z.output<Schema>>): readonly Finding[];
  /** Fills in the defaults that an environment or a model gives. Every name has been found. */
  withDefaults?(
    resolution: Resolution<z.output<Schema>>,
    context: CompileContext,
  ): z.output<Schema>;
  /**
   * Name of the command that a stage runs, undefined where it runs none: what such a program does is
   * not ours to promise, so that the stage is not exact.
   */
  commandOf?(stage: z.output<Schema>): string | undefined;
  /** Name of the model that it trains, which is then part of its key. */
  modelOf?(stage: z.output<Schema>): string;
  /**
   * Names of the conditions under which a stage simulates its episodes, in the order of its shards,
   * each of them as often; absent if there is but one, without a name.
   */
  conditionsOf?(parameters: Parameters): readonly string[];
  /** Shards of a sharded stage outside of chains. */
  shardsOf?(stage: z.output<Schema>): number;
  /**
   * Returns the number of accepted episodes to deliver, the candidates per shard, and whether the
   * chain may go on without shards that end their workers, for the head of a chain.
   */
  extentOf?(stage: z.output<Schema>): {
    readonly episodes: number;
    readonly shard: number;
    readonly quarantine?: "skip";
  };
  /** Returns the candidates per accepted episode after which the chain gives up, for a check. */
  attemptsOf?(stage: z.output<Schema>): number;
  /**
   * Units that a compiled stage outside of chains works through, where that is known beforehand.
   */
  totalOf?(parameters: Parameters): number;
  estimate(site: PlannedSite<Parameters>): WorkEstimate;
}

/** A parameter that names something stored: a run, a stage of it, or a path in the data root. */
export interface StoredParameter {
  readonly type: ArtifactType;
  /** Whether it replaces an input stage. */
  readonly replacesInput?: boolean;
  /**
   * The type that it reads of a stage of the same pipeline, where it may name one instead, which is
   * then an input: `{ from: STAGE }`.
   */
  readonly fromStage?: ArtifactType;
  /** The path in its value, undefined if that names nothing stored; a text itself if absent. */
  pathOf?(value: unknown): string | undefined;
}

/** Fields of a stage that are no parameters: its place in the graph and what it draws. */
export const FRAME = ["kind", "from", "seed", "stream"] as const;

/**
 * The parameters of a compiled stage: every default is filled in but those of `Open`, which stay
 * absent if they are unset; those of `Read` are gone, for what they name was read.
 */
export type CompiledParameters<
  Schema extends z.ZodObject,
  Open extends keyof z.output<Schema> = never,
  Read extends keyof z.output<Schema> = never,
> =
  & Filled<Omit<z.output<Schema>, typeof FRAME[number] | Open | Read>>
  & Pick<z.output<Schema>, Open>;

/** The same parameters, none of them open. */
type Filled<Parameters> = {
  readonly [Name in keyof Parameters]-?: Exclude<Parameters[Name], undefined>;
};

/**
 * The parameters of a compiled stage, typed by its kind.
 *
 * @throws {TypeError} If the stage is of another kind
 */
export function parametersOf<Parameters>(
  stage: StagePlan,
  { kind }: StageKindDefinition<string, z.ZodObject, Parameters>,
): Parameters {
  if (stage.kind !== kind) {
    throw new TypeError(
      `Cannot read parameters of "${stage.name}": expected ${kind}, found ${stage.kind}`,
    );
  }
  // compilePipeline() validated them by the schema of this kind and filled in what it leaves open.
  return stage.parameters as Parameters;
}
