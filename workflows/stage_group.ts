import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
} from "@temporalio/workflow";
import type { StageResult } from "../activities/types.ts";
import { domainError } from "../core/domain_error.ts";
import { requireInput, requireParent } from "./input_checks.ts";
import {
  groupReportSignal,
  pauseSignal,
  progressQuery,
  reportSignal,
  resumeSignal,
} from "./messages.ts";
import { StageRuns } from "./stage_runs.ts";
import { StageStates } from "./stage_states.ts";
import { stageTable } from "./stage_table.ts";
import type { StageGroupInput } from "./types.ts";

/** Number of progress reports from a group to its run. */
const REPORTS = 10;

/**
 * Workflow of some variants of a run, with the stages that read them: so many stages that their
 * events would be too many for the history of the run.
 */
export async function stageGroup(input: StageGroupInput): Promise<readonly StageResult[]> {
  requireInput("stageGroup", input);
  const parent = getExternalWorkflowHandle(requireParent());
  const { stages, inputs, inputStages, ...setup } = input;
  const states = new StageStates(stages);
  const plans = new Map([...inputStages, ...stages].map((stage) => [stage.name, stage]));
  const given = new Map(inputs.map((result) => [result.stage, Promise.resolve(result)]));
  let done = 0, reported = 0, paused = false;
  const report = async () => {
    setCurrentDetails(stageTable(states.all));
    const tenth = Math.floor(REPORTS * done / stages.length);
    if (tenth === reported || done === stages.length) return;
    reported = tenth;
    await parent.signal(groupReportSignal, states.brief);
  };
  const runs = new StageRuns(
    setup,
    {
      onState: (stage, change) => {
        states.set(stage, change);
        done++;
        report().catch(() => {}); // the run has ended
      },
    },
    plans,
    given,
  );
  setHandler(progressQuery, () => ({
    run: setup.opened,
    paused,
    stages: states.brief,
    groups: [],
    summary: null,
  }));
  setHandler(reportSignal, (progress) => void (states.receive(progress) && show(states)));
  setHandler(pauseSignal, () => runs.pause(paused = true));
  setHandler(resumeSignal, () => runs.pause(paused = false));
  runs.begin(stages);
  try {
    await runs.end();
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { name, message } = domainError(error);
    throw ApplicationFailure.nonRetryable(message, name, runs.failedStage);
  }
  await condition(allHandlersFinished);
  return states.all.flatMap(({ result }) => result ?? []);
}

function show(states: StageStates): void {
  setCurrentDetails(stageTable(states.all));
}
