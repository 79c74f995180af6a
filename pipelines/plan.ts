import type { JsonValue } from "../core/canonical.ts";

/** Execution of a stage: all that workflows know of its kind. */
export interface StageWork {
  /** Shard by shard, or as one activity. */
  readonly shape: "sharded" | "whole";
  /** Resource of the workers that run it: each resource has its own task queue. */
  readonly resource: "simulate" | "learn" | "program";
  /** Whether an unknown failure is retried without end; bounded if absent. */
  readonly retries?: "unbounded";
}

/** The program that a stage runs, by what tells its code apart. */
export interface StageCommand {
  /** Name under which it is registered: a plan holds no arguments. */
  readonly name: string;
  /** SHA-256 of its arguments and files. */
  readonly digest: string;
  /** Drawn for the run where no file of it is known: what it computes is found by no other run. */
  readonly nonce?: string;
}

/** Position of a stage in its generate → validate → filter chain. */
export interface ChainPlace {
  /** Accepted episodes that the chain must deliver. */
  readonly target: number;
  /** Candidates of one shard. */
  readonly shard: number;
  /** Candidates after which the chain gives up with `NothingAcceptedError`. */
  readonly maxCandidates: number;
  /** Whether the chain goes on without shards that end their workers; absent where it fails. */
  readonly quarantine?: "skip";
  /** Directory of the chain's generate stage, which has the episodes of its shards. */
  readonly generate: string;
  /** Seed of that stage. */
  readonly seed: number;
  /** Stage before and after this one in the chain, null at its ends. */
  readonly previous: string | null;
  readonly next: string | null;
}

/**
 * Stored work or data in the data root that is not a stage of this pipeline, e.g. `train.dataset`.
 */
export interface ExternalInput {
  /** The parameter that names it. */
  readonly parameter: string;
  /** Relative to the data root. */
  readonly path: string;
  /** Digest in its `commit.json`. */
  readonly digest: string;
  /** Name and version of the runtime that it needs, e.g. of an ONNX file; absent for our own. */
  readonly runtime?: string;
  /** SHA-256 of the description beside an ONNX file; absent if it has none. */
  readonly description?: string;
}

/** One stage, resolved: every default filled in, every identity computed. */
export interface StagePlan {
  readonly name: string;
  readonly kind: string;
  readonly work: StageWork;
  /** Names of the input stages, in declared order. */
  readonly from: readonly string[];
  readonly external: readonly ExternalInput[];
  /** Resolved parameters of this kind, validated by its schema (see `kinds/`). */
  readonly parameters: Readonly<Record<string, JsonValue>>;
  readonly seed: number;
  /** Name of the random stream; the stage's name unless declared. */
  readonly stream: string;
  /**
   * Key of everything that the bytes of shards (or of an unsharded stage) depend on, in 64 hex
   * digits.
   */
  readonly key: string;
  /**
   * Key of what the stage covers, in 64 hex digits. It differs from `key` only in chains, whose
   * extent depends on the later stages.
   */
  readonly manifestKey: string;
  /** `stages/<kind>-<key12>`, relative to the data root (or to the directory of a rerun). */
  readonly directory: string;
  /**
   * Directory of `commit.json`, relative like `directory`: for chain stages
   * `<directory>/manifests/<manifestKey12>`, otherwise `directory` itself.
   */
  readonly commit: string;
  /** Present for stages of a chain. */
  readonly chain?: ChainPlace;
  /** The program that computes it; absent where there is none. */
  readonly command?: StageCommand;
  /**
   * False where its bytes depend on a program, on a chain that may go on without some shards, or on
   * a stage for which they do: computed again they may differ. Absent where equal keys are equal
   * bytes.
   */
  readonly exact?: false;
  /** Shards that an evaluate stage has; absent for other kinds. */
  readonly shards?: number;
  /** An earlier stage whose count `decided`, where it is 1, makes this one unnecessary. */
  readonly unless?: string;
}

/** A declaration compiled: what the workflow interprets. JSON, a few kB. */
export interface PipelinePlan {
  readonly name: string;
  readonly seed: number;
  /** SHA-256 of the canonical JSON of the declaration with defaults filled in. */
  readonly digest: string;
  /** Stages in an order in which every stage follows its inputs. */
  readonly stages: readonly StagePlan[];
}
