import type { Client } from "@temporalio/client";
import { readOpenedRun } from "../../activities/run.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import { listRuns, readRun, resolveRun, type RunLocation } from "../../store/mod.ts";
import type { RunMemo } from "../../workflows/run_options.ts";
import { type ServerOptions, type ServerSession, withServer } from "../services/server_session.ts";
import { isEarlierId, nameOf, pipelineOf } from "./run_identity.ts";

/** A run of a data directory that has not ended, whether or not a worker works on it. */
export interface RunUnderWay {
  readonly workflowId: string;
  readonly pipeline: string;
  /** Build digest of the code that started it; see `buildDigest()`. */
  readonly build: string | null;
  readonly started: Date;
  /** Its directory, null if it has none yet. */
  readonly place: RunLocation | null;
}

/** Names a run to the commands that act on one. */
export const RUN_ARGUMENT = {
  description: "Pipeline with one run in progress, reach-expert/7, or a workflow id",
} as const;

/** The runs of a data directory that have not ended, the oldest first. */
export async function listRunsUnderWay(
  client: Client,
  root: string,
): Promise<readonly RunUnderWay[]> {
  const runs: RunUnderWay[] = [];
  // By ids and not by search attributes, which a server that is not ours may lack.
  const query = 'WorkflowType = "pipeline" AND ExecutionStatus = "Running"';
  for await (const { workflowId, memo, startTime } of client.workflow.list({ query })) {
    const pipeline = pipelineOf(workflowId, root);
    if (pipeline === null) continue;
    const { build }: RunMemo = memo ?? {};
    const place = await findOpenedRun(root, { pipeline, workflowId });
    // Another machine may have had a directory under the same path, which was its name once.
    if (place === null && isEarlierId(workflowId, root)) continue;
    runs.push({ workflowId, pipeline, build: build ?? null, started: startTime, place });
  }
  return runs.sort((a, b) => a.started.getTime() - b.started.getTime());
}

/**
 * Lists the runs of a data directory that have started and not ended, oldest first, by their
 * directories: only the server knows whether they continue.
 */
export async function listOpenRuns(root: string): Promise<readonly RunUnderWay[]> {
  const open = new Map<string, RunUnderWay>();
  for (const place of await listRuns(root)) {
    if (await readRun(root, place.directory) !== null) continue;
    const opened = await readOpenedRun(root, place.directory).catch(() => null);
    if (opened === null) continue;
    const { workflowId, build, started } = opened, { pipeline } = place;
    if (pipelineOf(workflowId, root) === null) continue; // of the directory that this is a copy of
    // A later directory of the same work stands for it.
    open.set(workflowId, { workflowId, pipeline, build, started: new Date(started), place });
  }
  return [...open.values()].sort((a, b) => a.started.getTime() - b.started.getTime());
}

/**
 * Selects the run that a person names.
 *
 * @param name A workflow id, or the name of a pipeline with one run under way
 * @throws {InvalidInputError} If none is meant, or several may be
 */
export function selectRun(
  runs: readonly RunUnderWay[],
  name: string,
  root: string,
): RunUnderWay {
  const found = runs.filter((run) => [run.workflowId, run.pipeline, nameOf(run)].includes(name));
  const [run] = found;
  if (run !== undefined && found.length === 1) return run;
  if (run !== undefined) {
    throw new InvalidInputError({
      action: "choose a run of",
      place: name,
      expected: "one run in progress",
      found: found.length,
      remedy: `choose one of ${found.map(nameOf).join(", ")}`,
    });
  }
  throw notFound(root, name, runs);
}

function notFound(root: string, name: string, runs: readonly RunUnderWay[]): InvalidInputError {
  const known = [...new Set(runs.flatMap((run) => [run.pipeline, nameOf(run)]))];
  return new InvalidInputError({
    action: "find the run",
    place: name,
    expected: `a run in progress on "${root}"`,
    ...(known.length === 0
      ? { found: "none", remedy: '"deno task runs" lists finished runs' }
      : { found: "others", remedy: suggestName(name, known) }),
  });
}

/** A server, and the run on it that a command acts on. */
export interface RunSession extends ServerSession {
  readonly run: RunUnderWay;
}

/**
 * Acts on the run that a person names, by a server that is started for the moment where none runs.
 *
 * @param name As for {@linkcode selectRun}, or a run as in {@linkcode resolveRun} with its number
 * @throws {InvalidInputError} If none is meant, or several may be: a numbered run that has ended is
 *   reported before a server is started
 */
export async function withRunUnderWay<Result>(
  root: string,
  name: string,
  use: (session: RunSession) => Promise<Result>,
  options: Pick<ServerOptions<Result>, "environment" | "onNote" | "absent">,
): Promise<Result> {
  const meant = name.includes("/") ? await workflowOf(root, name) : name;
  const onServer = async (session: ServerSession) => {
    const run = selectRun(await listRunsUnderWay(session.client, root), meant, root);
    return await use({ ...session, run });
  };
  const never = () => {
    throw notFound(root, name, []);
  };
  return await withServer(root, onServer, { ...options, start: true, never });
}

/** Finds the directory of a running pipeline, null if it has none yet. */
export async function findOpenedRun(
  root: string,
  { pipeline, workflowId }: Pick<RunUnderWay, "pipeline" | "workflowId">,
): Promise<RunLocation | null> {
  for (const run of (await listRuns(root, pipeline)).toReversed()) {
    if (await readRun(root, run.directory) !== null) continue;
    const opened = await readOpenedRun(root, run.directory).catch(() => null);
    if (opened?.workflowId === workflowId) return run;
  }
  return null;
}

/** The workflow of a numbered run: the next run of the same work has the same one. */
async function workflowOf(root: string, name: string): Promise<string> {
  const { directory } = await resolveRun(root, name);
  if (await readRun(root, directory) === null) {
    return (await readOpenedRun(root, directory)).workflowId;
  }
  throw new InvalidInputError({
    action: "act on",
    place: name,
    expected: "a run in progress",
    found: "one that has ended",
    remedy: `"deno task report ${name}" shows what it came to, "deno task status" what is running`,
  });
}
