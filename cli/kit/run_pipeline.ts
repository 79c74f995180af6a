import { InvalidInputError } from "../../core/errors.ts";
import { checkPlace } from "../../runtime/data/output_place.ts";
import { writeJunit } from "../../runtime/run/junit.ts";
import { scheduleOf } from "../../activities/report/chains.ts";
import type { RunSummary } from "../../activities/types.ts";
import {
  estimatePlan,
  type Locate,
  type PipelineDeclaration,
  type PipelinePlan,
} from "../../pipelines/mod.ts";
import { ganttText } from "../../view/gantt.ts";
import { environmentVariables, openDataRoot, workingDirectory } from "./places.ts";
import type { FlagValues } from "./flags.ts";
import { watchInterrupts } from "./interrupts.ts";
import { noteLine, printLine } from "./output.ts";
import { findStored, planSummary, renderPlan } from "../render/plan_view.ts";
import { type PreparedRun, prepareRun } from "../../runtime/prepare/prepared_run.ts";
import { createDisplay } from "../render/progress_display.ts";
import { ProgressLog } from "../render/progress_log.ts";
import type { ExitStatus } from "./run_command.ts";
import { executeRun } from "../../runtime/run/execute_run.ts";
import type { RunnableRun, RunOutcome, TemporalPlace } from "../../runtime/run/run_options.ts";
import { locateSummary } from "../../runtime/run/locate_summary.ts";
import { codeOf, type POLICY_COMMAND_FLAG } from "./policy_command_flag.ts";
import type { RUN_FLAGS, SUBMIT_FLAG } from "./run_flags.ts";
import { nameOf } from "../../runtime/run/run_identity.ts";
import { kernelPreference } from "../../runtime/services/kernel_preference.ts";
import { fillRun } from "../../store/mod.ts";
import { addressFromEnvironment } from "../../infra/temporal/connection.ts";
import { describeUi } from "../../runtime/services/ui_place.ts";
import { runsServer } from "../../runtime/services/services.ts";
import { renderSummary, statusOfRun } from "../render/summary.ts";

/** Additions of a command to a run of its pipeline. */
export interface RunAdditions {
  /** Command that continues the run, printed when it is interrupted. */
  readonly command: string;
  /** Absolute path of the declaration's directory; the person's own if absent. */
  readonly folder?: string;
  /** Called before anything runs or is made; what it throws refuses the run. */
  readonly onPrepared?: (prepared: PreparedRun) => Promise<void>;
  /** The declaration as it stood before flags changed it; itself if absent. */
  readonly original?: PipelineDeclaration;
  /** Locates a part of the declaration for messages; absent for code. */
  readonly locate?: Locate;
  /**
   * Called when the run has completed, before the summary is printed.
   *
   * @returns Text that goes below the summary; it is left out with `--json`
   */
  readonly onCompleted?: (root: string, summary: RunSummary) => Promise<string>;
  /** File to which the result goes for continuous integration; none where absent. */
  readonly junit?: string | undefined;
}

/** @throws {InvalidInputError} If SLUICE_KERNELS names no kernels, or such as cannot be used here */
async function checkKernels(): Promise<void> {
  const wanted = kernelPreference(environmentVariables()["SLUICE_KERNELS"]);
  if (wanted === "auto") return;
  const { findKernels } = await import("../../learn/kernels/choice.ts");
  findKernels(wanted);
}

/** Flags that only some commands have. */
type OptionalFlags = Partial<
  FlagValues<typeof POLICY_COMMAND_FLAG> & FlagValues<typeof SUBMIT_FLAG>
>;

/**
 * Runs a declaration as the flags ask: only its plan, to its end, or detached. Every fault of the
 * input is found before a server starts or a directory is made.
 */
export async function runDeclaration(
  declaration: PipelineDeclaration,
  flags: FlagValues<typeof RUN_FLAGS> & OptionalFlags,
  additions: RunAdditions,
): Promise<ExitStatus> {
  const { root, bucket } = await openDataRoot({ create: !flags.plan });
  await checkKernels();
  const { folder, original, locate } = additions;
  const junit = checkJunit(additions.junit, flags);
  const prepared = await prepareRun(root, declaration, {
    from: workingDirectory(),
    ...(bucket && { bucket }),
    modules: codeOf(flags),
    onNote: noteLine,
    ...(folder === undefined ? {} : { folder }),
    ...(original === undefined ? {} : { original }),
    ...(locate === undefined ? {} : { locate }),
  });
  if (flags.plan) {
    const { plan, context } = prepared;
    const estimates = estimatePlan(plan, context);
    const stored = await findStored({ root, ...(bucket && { bucket }) }, plan, estimates);
    printLine(
      flags.json
        ? JSON.stringify(planSummary(plan, estimates, stored))
        : [renderPlan(plan, estimates, stored), ...renderSchedules(plan)].join("\n\n"),
    );
    return 0;
  }
  await additions.onPrepared?.(prepared);
  const outcome = await followRun(prepared, flags, additions.command);
  if (junit !== null && outcome.summary !== null) {
    await writeJunit(junit, root, { plan: prepared.plan, summary: outcome.summary });
  }
  return await concludeRun(root, outcome, flags, additions, declaration.name);
}

/**
 * Place to which the result of a run goes as a JUnit file, null if it goes nowhere.
 *
 * @throws {InvalidInputError} If no file can lie there, or nobody waits for the result
 */
function checkJunit(
  file: string | undefined,
  { keep, noWorker = false }: Pick<FlagValues<typeof RUN_FLAGS>, "keep"> & OptionalFlags,
): string | null {
  if (keep && noWorker) {
    throw new InvalidInputError({
      action: "run the pipeline",
      expected: "--keep, which starts a worker, or --no-worker",
      found: "both",
      remedy: "leave one out",
    });
  }
  if (file === undefined) return null;
  if (!keep && !noWorker) return checkPlace(file, workingDirectory());
  const flag = keep ? "--keep" : "--no-worker";
  throw new InvalidInputError({
    action: "write",
    place: file,
    expected: "a run that is waited for",
    found: flag,
    remedy: `leave one of --junit and ${flag} out`,
  });
}

/** Renders the schedules of the experts of action configs, stage by stage. */
export function renderSchedules({ stages }: PipelinePlan): readonly string[] {
  return stages.flatMap((stage) => {
    const schedule = scheduleOf(stage);
    if (schedule === null) return [];
    return [`Expert of ${stage.name}\n\n${ganttText(schedule.bars, schedule.controlHz)}`];
  });
}

/** Flags that say how a run is followed to its end. */
type FollowFlags =
  & Pick<
    FlagValues<typeof RUN_FLAGS>,
    "rerun" | "keep" | "threads" | "json" | "logJson" | "module"
  >
  & OptionalFlags
  & Partial<Pick<FlagValues<typeof RUN_FLAGS>, "logInterval">>;

/** Continues a run that was started before, to its end or detached. */
export async function continueRun(
  run: RunnableRun,
  flags: FollowFlags,
  additions: Pick<RunAdditions, "command">,
): Promise<ExitStatus> {
  const outcome = await followRun(run, flags, additions.command);
  return await concludeRun(run.root, outcome, flags, additions, run.plan.name);
}

async function followRun(
  prepared: RunnableRun,
  { rerun, keep, threads, logJson, logInterval, noWorker = false }: FollowFlags,
  command: string,
): Promise<RunOutcome> {
  using display = createDisplay(prepared.plan, { json: logJson, interval: logInterval });
  const log = new ProgressLog(prepared.root, prepared.plan);
  const note = (text: string) => {
    display.note(text);
    log.note(text);
  };
  using interrupts = watchInterrupts(() =>
    note("Stopping: committing work in progress first. Press Ctrl-C again to stop at once")
  );
  const outcome = await executeRun(prepared, {
    environment: environmentVariables(),
    rerun,
    command,
    keep,
    submit: noWorker,
    follow: !keep,
    concurrency: threads,
    interrupts,
    onProgress: (view) => {
      display.update(view);
      log.update(view);
    },
    onNote: note,
  });
  const { bucket } = prepared, { summary } = outcome;
  // A worker of another machine may have written them.
  if (bucket !== undefined && summary !== null) await fillRun(bucket, summary.directory);
  return outcome;
}

/** A run that a command leaves to others. */
interface LeftRun extends TemporalPlace, Pick<RunOutcome, "place"> {
  readonly pipeline: string;
  readonly command: string;
}

function describeKept({ place, workflowId, address, ui, pipeline, command }: LeftRun): string {
  const run = nameOf({ place, workflowId }), of = place === null ? pipeline : run;
  return [
    `${run} is running in the background.`,
    ui === null ? `server       ${address}` : `Temporal UI  ${ui}`,
    "",
    "Status:    deno task status",
    `Logs:      deno task logs ${of} --follow`,
    `Watch it:  ${command.replace(/ --(keep|detach)(?= |$)/, "")}`,
    `Stop it:   deno task cancel ${of}, or deno task down to continue later`,
  ].join("\n");
}

function describeSubmitted({ place, workflowId, address, ui, pipeline }: LeftRun): string {
  const run = nameOf({ place, workflowId }), of = place === null ? pipeline : run;
  const isNamed = environmentVariables()["TEMPORAL_ADDRESS"];
  return [
    `${run} is submitted: workers of this version carry it out.`,
    ui === null ? `server       ${address}` : `Temporal UI  ${ui}`,
    "",
    `Work on it:  deno task ${isNamed ? "worker" : "up"}`,
    "Status:      deno task status",
    `Logs:        deno task logs ${of} --follow`,
    `Cancel it:   deno task cancel ${run}`,
  ].join("\n");
}

async function concludeRun(
  root: string,
  { status, summary, temporal, place }: RunOutcome,
  { json, rerun, module }: FollowFlags,
  { command, onCompleted }: Pick<RunAdditions, "command" | "onCompleted">,
  pipeline: string,
): Promise<ExitStatus> {
  switch (status) {
    case "interrupted":
      noteLine(`Interrupted. Committed work is kept; continue with: ${command}`);
      return 130;
    case "submitted":
    case "kept": {
      const own = addressFromEnvironment(environmentVariables()) === null;
      const ui = await describeUi(temporal!.ui, own); // a server has a run that goes on
      const left = { ...temporal!, ui, place, pipeline, command };
      const text = status === "kept" ? describeKept(left) : describeSubmitted(left);
      printLine(json ? JSON.stringify({ status, run: place?.run ?? null, temporal }) : text);
      return 0;
    }
    default:
      break;
  }
  if (summary === null) {
    noteLine(`The run was ${status}. Committed work is kept.`);
    return 1;
  }
  const whole: RunSummary = temporal === null ? summary : { ...summary, temporal: { ...temporal } };
  if (json) printLine(JSON.stringify(locateSummary(whole, { root, from: workingDirectory() })));
  else {
    const serving = await runsServer(root, environmentVariables());
    printLine(renderSummary(root, whole, { modules: module, serving }));
  }
  if (!json && rerun && status === "completed") {
    printLine(`\n${comparisonOf(summary)}`);
  }
  // Behind the summary: a run that cannot be written elsewhere, too, has completed all the same.
  const addition = status === "completed" ? await onCompleted?.(root, whole) : undefined;
  if (!json && addition !== undefined) printLine(`\n${addition}`);
  return statusOfRun(summary);
}

/** Describes what a rerun found: no difference, except in what may differ. */
export function comparisonOf({ stages, compared = [], differed = [] }: RunSummary): string {
  const fresh = Object.keys(stages)
    .filter((name) => !compared.includes(name) && !differed.includes(name));
  if (fresh.length === 0 && differed.length === 0) {
    return "Recomputed: every stage matches its stored result.";
  }
  return [
    `Recomputed: ${compared.length} stages match their stored results`,
    ...(fresh.length === 0 ? [] : [`${fresh.join(", ")} had no stored result to compare with`]),
    ...(differed.length === 0
      ? []
      : [`${differed.join(", ")} differ, which stages may that depend on a program`]),
  ].join("; ") + ".";
}
