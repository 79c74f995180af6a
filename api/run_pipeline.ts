import type { RunSummary } from "../activities/types.ts";
import type { PipelineDeclaration } from "../pipelines/mod.ts";
import type {
  DatasetStatistics,
  GenerateDatasetOptions,
  RunPipelineOptions,
} from "../runtime/run/library_options.ts";
import type { Surroundings } from "../runtime/run/library_run.ts";

/**
 * Runs a pipeline to its end, like `deno task pipeline`: it uses stored results, continues an
 * interrupted run where it stopped, and starts a Temporal server and a worker if none are running.
 *
 * ```ts
 * import { definePipeline, runPipeline } from "@sluice/sluice";
 *
 * const reachData = definePipeline({
 *   name: "reach-data",
 *   stages: {
 *     generate: { kind: "generate", environment: "reach", episodes: 4, shard: 4 },
 *     merge: { kind: "merge", from: "generate" },
 *   },
 * });
 * const root = await Deno.makeTempDir();
 * const { status, stages } = await runPipeline(reachData, { root });
 * console.assert(status === "completed" && stages["merge"]?.counts["total_episodes"] === 4);
 * await Deno.remove(root, { recursive: true });
 * ```
 *
 * @param pipeline A declaration, the name of a pipeline that comes with Sluice, or a YAML or JSON file
 * @returns What `run.json` says, with places as the working directory sees them. A run that failed
 *   says so in `status` and `error`
 * @throws {InvalidInputError} If declaration, options or modules are wrong; nothing was written
 * @throws {StoreAccessError} If the data directory cannot be written
 * @throws {MissingToolError} If no Temporal server can be had
 * @throws The signal's reason, if it is aborted
 */
export async function runPipeline(
  pipeline: PipelineDeclaration | string,
  options: RunPipelineOptions = {},
): Promise<RunSummary> {
  const { runForProgram } = await machinery();
  return await runForProgram(pipeline, options, surroundings());
}

/**
 * Simulates episodes into a dataset, as `deno task generate` does: checked, not filtered.
 *
 * ```ts
 * import { generateDataset } from "@sluice/sluice";
 *
 * const root = await Deno.makeTempDir();
 * const { totalEpisodes, successRate } = await generateDataset({
 *   environment: "reach",
 *   policy: "scripted",
 *   episodes: 4,
 *   maxSteps: 100,
 *   seed: 42,
 *   output: `${root}/reach.h5`,
 *   root,
 * });
 * console.assert(totalEpisodes === 4 && successRate === 1);
 * await Deno.remove(root, { recursive: true });
 * ```
 *
 * @throws {InvalidInputError} If an option is wrong; nothing was written
 * @throws {SluiceError} If the run fails; the message says in which stage
 * @throws As {@linkcode runPipeline}
 */
export async function generateDataset(options: GenerateDatasetOptions): Promise<DatasetStatistics> {
  const { generateForProgram } = await machinery();
  return await generateForProgram(options, surroundings());
}

/**
 * Loads the code that runs pipelines, on use only: users' modules import this library to register
 * things, in every thread of a worker, where Temporal's native runtime has no place.
 */
function machinery() {
  return import("../runtime/run/library_run.ts");
}

/** Reads the environment of the process: the one place that does so for programs. */
function surroundings(): Surroundings {
  const environment = Deno.env.toObject();
  return { environment, from: environment["INIT_CWD"] || Deno.cwd() };
}
