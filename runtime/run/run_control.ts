import type { RunSummary } from "../../activities/types.ts";
import { domainError } from "../../core/domain_error.ts";
import { reviveError, SluiceError } from "../../core/errors.ts";
import type { RunLocation } from "../../store/mod.ts";
import { AttemptNotes } from "./attempt_notes.ts";
import type { ExecuteOptions, RunnableRun, RunOutcome } from "./run_options.ts";
import { formatSeconds } from "../../view/format.ts";
import { KeptProgress } from "./kept_progress.ts";
import type { ProgressView } from "./progress.ts";
import { StallNotes } from "./stall_notes.ts";
import { RunClient } from "./run_client.ts";
import { runOf } from "./run_log.ts";
import { findOpenedRun, listRunsUnderWay } from "./runs_under_way.ts";
import { nameOf } from "./run_identity.ts";
import { workflowUi } from "../services/server_session.ts";
import { DiskWatch } from "../services/disk_fault.ts";
import type { Supervisor } from "../services/supervisor.ts";
import { untilAborted, wait } from "../services/wait.ts";

/**
 * Interval between two queries of a run: bars move smoothly, and the server has little to do (ms).
 */
const POLL_INTERVAL_MS = 400;

/**
 * Time that a command which detaches from a run waits for its number, and the interval of its
 * checks (ms).
 */
const OPEN_PATIENCE_MS = 5000, OPEN_INTERVAL_MS = 50;

/** Time without any answer about a run after which that is said, which then doubles (s). */
const ANSWER_PATIENCE = 10;

/** Names of other runs that a note lists. */
const SHOWN_OTHERS = 5;

/**
 * Runs a pipeline to its end, or continues the equal running one, on services that this ends unless
 * they are to be kept.
 */
export async function superviseRun(
  prepared: RunnableRun,
  options: ExecuteOptions,
  services: Supervisor,
): Promise<RunOutcome> {
  const { keep, interrupts } = options;
  let kept = false;
  try {
    const work = async () => {
      const ending = await executeOn(services, prepared, options);
      kept = keep;
      return ending;
    };
    const { name, digest } = prepared.plan, attributes = { "sluice.digest": digest };
    return await (services.tracing?.span(`run ${name}`, attributes, work) ?? work());
  } finally {
    if (kept) await services.detach();
    else await services.close(interrupts.kill);
  }
}

/** Starts a run, or attaches to it, and follows it where that is asked for. */
async function executeOn(
  services: Supervisor,
  { root, plan, build, changes }: RunnableRun,
  options: ExecuteOptions,
): Promise<RunOutcome> {
  const { server, client } = services, { rerun, command, onNote, follow } = options;
  const request = {
    root,
    plan,
    build,
    rerun,
    changes,
    ...(command === undefined ? {} : { command }),
  };
  const run = await RunClient.open(client, request, onNote);
  const { workflowId } = run, work = { pipeline: plan.name, workflowId };
  if (run.attached) {
    const name = nameOf({ place: await findOpenedRun(root, work), workflowId });
    onNote(`Attaching to ${name}, which is already running`);
  }
  // A note is not worth the run: a server that cannot list its workflows may still run them.
  const open = await listRunsUnderWay(client, root).catch(() => []);
  // Runs of other code wait for workers of theirs.
  const others = open.filter((run) => run.workflowId !== workflowId && run.build === build);
  if (others.length > 0) onNote(describeOthers(others.map(nameOf)));
  const { address, namespace } = server;
  const temporal = { address, namespace, workflowId, ui: workflowUi(server, workflowId) };
  await services.superviseWorker();
  const ending = follow
    ? await watch(run, services, { root, ...options })
    : { status: "kept", summary: null } as const;
  const place = ending.status === "kept" ? await awaitPlace(root, work) : null;
  return { ...ending, temporal, place };
}

/**
 * Describes the other runs of a data directory that have not ended. One that was interrupted goes on
 * with the worker that this run starts, which a person may have forgotten.
 */
export function describeOthers(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_OTHERS).join(", "), more = names.length - SHOWN_OTHERS;
  return `Also in progress on this data directory, with the same workers: ${shown}${
    more > 0 ? ` and ${more} more` : ""
  }. To stop one: "deno task pause ${names[0]}", or cancel`;
}

/** The directory of a run, null if no worker has opened it in time. */
async function awaitPlace(
  root: string,
  run: { readonly pipeline: string; readonly workflowId: string },
): Promise<RunLocation | null> {
  const deadline = performance.now() + OPEN_PATIENCE_MS;
  for (;;) {
    const place = await findOpenedRun(root, run);
    if (place !== null || performance.now() > deadline) return place;
    await wait(OPEN_INTERVAL_MS);
  }
}

type Ending = Pick<RunOutcome, "status" | "summary">;

/** Stays with a run until it ends or the person interrupts. */
async function watch(
  run: RunClient,
  services: Supervisor,
  { root, interrupts, onProgress, onNote }: ExecuteOptions & { readonly root: string },
): Promise<Ending> {
  const stopped = new AbortController(), { signal } = stopped, disk = new DiskWatch(root);
  const kept = new KeptProgress();
  const stop = () => stopped.abort();
  const end = endingOf(run, signal);
  end.then(stop, stop);
  interrupts.drain.addEventListener("abort", stop);
  try {
    // Side by side: a view waits for answers that a dead server will not give.
    await Promise.all([
      repeat(signal, async () => {
        await services.superviseServer();
        await services.superviseWorker();
      }),
      repeat(signal, async () => {
        const note = await disk.next(performance.now() / 1000);
        if (note !== null) onNote(note);
      }),
      // Nothing is left behind by a look that is given up.
      untilAborted(signal, show(run, services, { onProgress, onNote, signal, kept })),
    ]);
  } finally {
    stop();
    interrupts.drain.removeEventListener("abort", stop);
  }
  if (interrupts.drain.aborted) return { status: "interrupted", summary: null };
  const view = await run.view();
  if (view !== null) onProgress(kept.next(view));
  return await end;
}

interface ShowOptions extends Pick<ExecuteOptions, "onProgress" | "onNote"> {
  /** Nothing is shown after it has aborted. */
  readonly signal: AbortSignal;
  readonly kept: KeptProgress;
}

/** Shows the progress of a run repeatedly. */
async function show(
  run: RunClient,
  services: Supervisor,
  { onProgress, onNote, signal, kept }: ShowOptions,
): Promise<void> {
  const attempts = new AttemptNotes(), stalls = new StallNotes();
  let paused = false, known: ProgressView | null = null, patience = ANSWER_PATIENCE;
  const began = performance.now() / 1000;
  await repeat(signal, async () => {
    const view = await run.view();
    if (signal.aborted) return;
    const waited = performance.now() / 1000 - began;
    if (known === null && view === null && waited > patience) {
      patience *= 2;
      const state = await services.examine();
      if (signal.aborted) return;
      onNote(`Waiting for a worker to take the run up, for ${formatSeconds(waited)}: ${state}`);
    }
    if (known !== null) {
      for (const stall of stalls.next(view ?? known, performance.now() / 1000)) {
        const state = await services.examine();
        if (signal.aborted) return;
        onNote(`${stall}: ${state}`);
      }
    }
    if (view === null) return;
    known = view;
    const failed = await run.failedAttempts(view);
    if (signal.aborted) return;
    for (const note of attempts.next(failed)) onNote(note);
    onProgress(kept.next(view));
    if (view.paused && !paused) {
      const name = view.run === null ? run.workflowId : runOf(view.run.directory);
      onNote(`Paused: continue with "deno task resume ${name}"`);
    }
    paused = view.paused;
  });
}

/** Does something at once and after every interval until stopped. */
async function repeat(signal: AbortSignal, action: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await action();
    await wait(POLL_INTERVAL_MS, signal);
  }
}

/**
 * The end of a run, however often the server goes away meanwhile.
 *
 * @param signal Asks the server no more, so that nothing keeps the process alive
 * @returns That it was interrupted, where the signal aborted first
 */
async function endingOf(run: RunClient, signal: AbortSignal): Promise<Ending> {
  while (!signal.aborted) {
    try {
      const summary = await run.result();
      return { status: summary.status, summary };
    } catch (error) {
      const ending = endingOfFailure(error);
      if (ending !== null) return ending;
      await wait(POLL_INTERVAL_MS, signal);
    }
  }
  return { status: "interrupted", summary: null };
}

/** Returns how a workflow failed, null if only the server did not answer. */
export function endingOfFailure(error: unknown): Ending | null {
  if (!(error instanceof Error) || error.name !== "WorkflowFailedError") return null;
  const cause: unknown = error.cause;
  // "deno task cancel" terminates a run that no worker can end.
  if (cause instanceof Error && /^(Cancelled|Terminated)Failure$/.test(cause.name)) {
    return { status: "cancelled", summary: null };
  }
  const { name, message: thrown, details } = domainError(error);
  const found = details[0] as { summary?: RunSummary } | undefined; // of workflows/pipeline.ts
  if (found?.summary) return { status: "failed", summary: found.summary };
  const message = `Cannot end the run: ${thrown}`;
  const failure = reviveError({ name, message, stack: undefined });
  throw failure instanceof SluiceError ? failure : new SluiceError(message);
}
