import type { JsonValue } from "../../core/canonical.ts";
import type { Level, LevelParameters } from "../../pipelines/variants/matrix_schema.ts";
import type { ProgressView } from "./progress.ts";

/**
 * Options of a program for running pipelines, which correspond to those of the `deno task`
 * commands.
 */
export interface RunContext {
  /** Data directory; `SLUICE_HOME`, else `data` in the working directory, if absent. */
  readonly root?: string;
  /**
   * Files that register environments and models of your own, as `import.meta.resolve("./mine.ts")`
   * names them: the worker loads them too, in its own process and threads.
   */
  readonly modules?: readonly string[];
  /** Threads that compute; the machine's cores if absent. They change no byte. */
  readonly threads?: number;
  /**
   * Leaves server and worker running, for a next run to begin at once; `deno task down` ends both.
   */
  readonly keep?: boolean;
  /**
   * Stops the run gracefully: work in progress is committed, and an equal call continues from
   * there.
   */
  readonly signal?: AbortSignal;
  /** Called a few times per second with the progress of every stage. */
  readonly onProgress?: (view: ProgressView) => void;
  /** Called with notes for a person, such as that a worker was restarted. */
  readonly onNote?: (text: string) => void;
}

export interface RunPipelineOptions extends RunContext {
  /** Seed in place of the declaration's. */
  readonly seed?: number;
  /** Episodes of every generate stage, and of nothing else. */
  readonly episodes?: number;
  /** Parameters in place of the declaration's, e.g. `{ "train.steps": 5000 }`. */
  readonly set?: Readonly<Record<string, JsonValue>>;
  /** Factors of stages, e.g. `{ "train.lr": [1e-4, 3e-4], "train.seed": [1, 2, 3] }`. */
  readonly matrix?: Readonly<
    Record<string, readonly Level[] | Readonly<Record<string, LevelParameters>>>
  >;
  /** Computes again and compares with the stored result; a difference fails the run. */
  readonly rerun?: boolean;
}

/** Options for generating a dataset. */
export interface GenerateDatasetOptions extends RunContext {
  /** Registered environment. */
  readonly environment: string;
  /** Policy of the environment, default `scripted`. */
  readonly policy?: string;
  /** Episodes of the dataset, default 100. */
  readonly episodes?: number;
  /** Control steps after which an episode is cut; the environment's if absent. */
  readonly maxSteps?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Domain randomization: true for the environment's default ranges, or ranges by name. */
  readonly randomize?: boolean | Record<string, boolean | [low: number, high: number]>;
  /** Standard deviation of noise on the action, default 0; labels stay clean. */
  readonly actionNoise?: number;
  /** HDF5 file (`.h5`) to export the dataset to. */
  readonly output?: string;
}

/** Statistics of a dataset. */
export interface DatasetStatistics {
  readonly totalEpisodes: number;
  readonly totalSteps: number;
  readonly meanEpisodeLength: number;
  /** Mean over the episodes of the sum of their rewards. */
  readonly meanReward: number;
  /** Share of the episodes that succeeded, 0 to 1. */
  readonly successRate: number;
  /** Absolute path of the exported file, or, if none was requested, of the dataset (Zarr). */
  readonly outputPath: string;
  /** Size at `outputPath` (10⁶ bytes). */
  readonly fileSizeMb: number;
}
