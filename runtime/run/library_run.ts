import { resolve } from "node:path";
import type { RunSummary } from "../../activities/types.ts";
import { InvalidInputError, SluiceError } from "../../core/errors.ts";
import { applyOverrides, generatePipeline, type PipelineDeclaration } from "../../pipelines/mod.ts";
import type { Environment } from "../../infra/temporal/connection.ts";
import { importModules } from "../prepare/code_modules.ts";
import { type DataRoot, openDataRoot } from "../data/data_root.ts";
import { loadDeclaration, type LoadedDeclaration } from "../prepare/declarations.ts";
import type {
  DatasetStatistics,
  GenerateDatasetOptions,
  RunContext,
  RunPipelineOptions,
} from "./library_options.ts";
import { checkOutputFile, exportToFile } from "../data/output_file.ts";
import { prepareRun } from "../prepare/prepared_run.ts";
import { fillNamed } from "../data/fill_named.ts";
import { executeRun } from "./execute_run.ts";
import { locateSummary } from "./locate_summary.ts";

/** Settings of a program's process, from whoever started it. */
export interface Surroundings {
  /** Variables of the process. */
  readonly environment: Environment;
  /** Absolute path of the directory to which paths are relative. */
  readonly from: string;
}

/** See `runPipeline()`. */
export async function runForProgram(
  pipeline: PipelineDeclaration | string,
  { seed, episodes, set = {}, matrix = {}, rerun = false, ...context }: RunPipelineOptions,
  surroundings: Surroundings,
): Promise<RunSummary> {
  const { from } = surroundings;
  await importModules(context.modules ?? [], from);
  const { declaration, folder = from }: LoadedDeclaration = typeof pipeline === "string"
    ? await loadDeclaration(pipeline, from)
    : { declaration: pipeline };
  const changed = applyOverrides(declaration, {
    set: Object.entries(set).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
    matrix: Object.entries(matrix).map(([name, levels]) => `${name}=${JSON.stringify(levels)}`),
    ...(seed === undefined ? {} : { seed }),
    ...(episodes === undefined ? {} : { episodes }),
  });
  return await runDeclared(
    changed,
    { rerun, original: declaration, folder, ...context },
    surroundings,
  );
}

/** See `generateDataset()`. */
export async function generateForProgram(
  { environment, policy, episodes, maxSteps, seed, randomize, actionNoise, output, ...context }:
    GenerateDatasetOptions,
  surroundings: Surroundings,
): Promise<DatasetStatistics> {
  const file = output === undefined ? null : checkOutputFile(output, surroundings.from);
  const declaration = generatePipeline({
    environment,
    ...(policy === undefined ? {} : { policy }),
    ...(episodes === undefined ? {} : { episodes }),
    ...(maxSteps === undefined ? {} : { maxSteps }),
    ...(randomize === undefined ? {} : { randomize }),
    ...(actionNoise === undefined ? {} : { actionNoise }),
  }, seed);
  const { error, status, stages } = await runDeclared(
    declaration,
    { rerun: false, ...context },
    surroundings,
  );
  const merge = stages["merge"];
  if (status !== "completed" || merge === undefined) {
    const where = error?.stage == null ? "" : ` in stage "${error.stage}"`;
    throw new SluiceError(error === undefined ? `The run was ${status}` : error.message + where);
  }
  const dataset = resolve(merge.path);
  const bytes = file === null ? null : await exportToFile(dataset, file);
  const { counts, metrics } = merge;
  return {
    totalEpisodes: Number(counts["total_episodes"]),
    totalSteps: Number(counts["total_steps"]),
    meanEpisodeLength: Number(metrics["mean_episode_length"]),
    meanReward: Number(metrics["mean_reward"]),
    successRate: Number(metrics["success_rate"]),
    outputPath: file?.path ?? dataset,
    fileSizeMb: bytes === null ? Number(metrics["file_size_mb"]) : bytes / 1e6,
  };
}

/** @throws {InvalidInputError} If it is no number of threads */
function requireThreads(threads: number | undefined): void {
  if (threads === undefined || (Number.isInteger(threads) && threads >= 1)) return;
  throw new InvalidInputError({
    action: `run with threads ${threads}`,
    expected: "an integer of at least 1",
    remedy: "set threads to 1 or more",
  });
}

/** Never aborted: a program has one way to stop a run, which is in good order. */
const NEVER = new AbortController().signal;

async function runDeclared(
  declaration: PipelineDeclaration,
  { rerun, original = declaration, folder, ...context }: RunContext & {
    readonly rerun: boolean;
    /** Absolute path of the declaration's directory; the program's own if absent. */
    readonly folder?: string;
    readonly original?: PipelineDeclaration;
  },
  { environment, from }: Surroundings,
): Promise<RunSummary> {
  const { root, modules = [], threads, keep = false, signal = NEVER, onProgress, onNote } = context;
  requireThreads(threads);
  signal.throwIfAborted();
  const place: DataRoot = root === undefined
    ? await openDataRoot({ environment, from, create: true })
    : { root: resolve(root) };
  const prepared = await prepareRun(place.root, declaration, {
    from,
    ...(place.bucket && { bucket: place.bucket }),
    modules,
    original,
    ...(folder === undefined ? {} : { folder }),
    ...(onNote === undefined ? {} : { onNote }),
  });
  const { status, summary, temporal } = await executeRun(prepared, {
    environment,
    rerun,
    keep,
    follow: true,
    concurrency: threads,
    interrupts: { drain: signal, kill: NEVER },
    onProgress: (view) => onProgress?.(view),
    onNote: (text) => onNote?.(text),
  });
  if (status === "interrupted") throw signal.reason;
  if (summary !== null) {
    // Its programs read what it came to, as they do in a directory.
    if (place.bucket !== undefined) await fillNamed(place.bucket, summary.directory);
    const whole = temporal === null ? summary : { ...summary, temporal: { ...temporal } };
    return locateSummary(whole, { root: prepared.root, from });
  }
  throw new SluiceError({
    action: "return the result of",
    place: declaration.name,
    expected: "a completed run",
    found: `it ${status} from outside`,
    remedy: "run it again; committed work is kept",
  });
}
