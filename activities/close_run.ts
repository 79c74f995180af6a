import { join } from "node:path";
import { ReproductionError, SluiceError } from "../core/errors.ts";
import { isShipped, kindOf } from "../pipelines/kinds/mod.ts";
import {
  linkStage,
  openDataset,
  pushRun,
  readCommit,
  type RecordContent,
  writeFileAtomically,
  writeRun,
} from "../store/mod.ts";
import type { OperationContext } from "./stages/operation.ts";
import { fillResults } from "./stages/fill_inputs.ts";
import type { CloseRunTask, RunError, RunSummary, StageResult } from "./types.ts";

/** Ends a run: links its stages, writes `run.json`, `report.html` and the requested videos. */
export async function closeRun(
  task: CloseRunTask,
  { root, bucket, now, signal }: OperationContext,
): Promise<RunSummary> {
  const { plan, run, directory } = task;
  if (bucket !== undefined) await fillResults(task, bucket);
  for (const { stage, path } of task.stages) {
    await linkStage(root, { pipeline: plan.name, run, directory }, { name: stage, target: path });
  }
  const summary = task.rerun
    ? await compareRun(task, root)
    : summarizeRun(task, await findFailure(task, root));
  // A summary is JSON by construction; its interface only lacks the index signature.
  await writeRun(root, directory, summary as unknown as RecordContent);
  // Only here: what draws charts is most of what a thread would load.
  const [{ gatherReport }, { renderReport }] = await Promise.all([
    import("./report/report.ts"),
    import("../view/report.ts"),
  ]);
  const report = await renderReport(await gatherReport(root, directory, { now: now() }));
  await writeFileAtomically(join(root, directory, "report.html"), report);
  await writeRunVideos(task, root, signal);
  if (bucket !== undefined) await pushRun(bucket, directory);
  return summary;
}

/** Writes the first episodes of datasets that ask for it, in `videos/<stage>` of the run. */
async function writeRunVideos(task: CloseRunTask, root: string, signal: AbortSignal) {
  for (const { stage, path } of task.stages) {
    const plan = task.plan.stages.find(({ name }) => name === stage)!; // a stage of the run
    const { videos: count } = plan.parameters;
    if (kindOf(plan).gives !== "dataset" || typeof count !== "number") continue;
    // Only here: most runs show none, and an encoder takes megabytes of every thread.
    const { firstEpisodes, VIDEO_SIZE, writeVideos } = await import("./report/episode_videos.ts");
    const dataset = await openDataset(join(root, path));
    const episodes = firstEpisodes(dataset, count);
    const directory = join(root, task.directory, "videos", stage);
    await writeVideos({ dataset, episodes, size: VIDEO_SIZE, directory }, { signal });
  }
}

/** Returns the failure that a completed stage reports against the run, null if there is none. */
async function findFailure(
  { plan, stages }: CloseRunTask,
  root: string,
): Promise<RunError | null> {
  for (const { stage, path } of stages) {
    const planned = plan.stages.find(({ name }) => name === stage)!; // a stage of the run
    const kind = kindOf(planned);
    if (kind.failure === undefined) continue;
    const commit = await readCommit(join(root, path));
    const failure = commit === null ? null : kind.failure(commit.attributes, planned);
    if (failure !== null) return { stage, ...failure };
  }
  return null;
}

function summarizeRun(task: CloseRunTask, difference: RunError | null): RunSummary {
  const { plan, run, directory, seconds, stages } = task;
  const error = task.error ?? difference;
  return {
    pipeline: plan.name,
    run,
    status: difference === null ? task.status : "failed",
    digest: plan.digest,
    directory,
    seconds,
    ...(error === null ? {} : { error }),
    stages: Object.fromEntries(
      stages.map(({ stage, ...result }) => [
        stage,
        { ...result, ...(isExact(plan, stage) ? {} : { exact: false as const }) },
      ]),
    ),
    ...(task.notNeeded === undefined ? {} : { notNeeded: task.notNeeded }),
  };
}

/** Whether equal keys of a stage promise equal bytes. */
function isExact({ stages }: CloseRunTask["plan"], name: string): boolean {
  const { exact, chain } = stages.find((stage) => stage.name === name) ?? {};
  // Which shards of a chain end their workers is chance, too.
  return exact !== false && chain?.quarantine === undefined;
}

/**
 * Summarizes a rerun, which fails at the first stage whose bytes are not the stored ones, where the
 * stage is exact.
 */
async function compareRun(task: CloseRunTask, root: string): Promise<RunSummary> {
  const compared: string[] = [], differed: string[] = [];
  for (const result of task.stages) {
    try {
      const path = storedPath(result, task.base);
      if (await requireReproduced(result, path, root)) compared.push(result.stage);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      if (error instanceof ReproductionError && !isExact(task.plan, result.stage)) {
        differed.push(result.stage);
        continue;
      }
      const { name, message } = error;
      return summarizeRun(task, { stage: result.stage, name, message });
    }
  }
  const summary = summarizeRun(task, await findFailure(task, root));
  return { ...summary, compared, ...(differed.length === 0 ? {} : { differed }) };
}

/**
 * @returns Whether anything is stored
 * @throws {ReproductionError} If other bytes are stored
 */
async function requireReproduced(
  result: StageResult,
  path: string,
  root: string,
): Promise<boolean> {
  const stored = await readCommit(join(root, path));
  if (stored === null || stored.digest === result.digest) return stored !== null;
  throw new ReproductionError({
    action: "reproduce stage",
    place: result.stage,
    expected: `digest ${stored.digest}`,
    found: result.digest,
    remedy: `compare "${path}" with "${result.path}"; the stored result was kept` +
      (isShipped(kindOf(result))
        ? ""
        : `; a stage of your own draws from random and reads no clock`),
  });
}

function storedPath({ path }: StageResult, base: string): string {
  return path.slice(base === "" ? 0 : base.length + 1);
}
