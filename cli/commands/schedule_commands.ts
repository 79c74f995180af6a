import { SluiceError } from "../../core/errors.ts";
import { formatInstant } from "../../view/format.ts";
import { bindCommand, type BoundCommand } from "../kit/command_group.ts";
import { dataRoot, displayPath, environmentVariables } from "../kit/places.ts";
import { removeFailureCommand } from "../../runtime/schedule/failure_command.ts";
import { defineCommand } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";
import {
  type Schedules,
  unknownSchedule,
  withSchedules,
} from "../../runtime/schedule/schedule_client.ts";
import { CREATE, create } from "./schedule_create.ts";
import { backfillRange, parseDate } from "../../runtime/schedule/schedule_time.ts";
import {
  recallSchedules,
  type RememberedSchedules,
  viewSchedules,
} from "../kit/schedule_memory.ts";
import { renderSchedule, renderSchedules, type ScheduleView } from "../render/schedule_view.ts";
import { wait } from "../../runtime/services/wait.ts";
import { listWorkers } from "../../runtime/services/worker_registry.ts";

const SCHEDULE = {
  schedule: { description: "Name of a schedule of this data directory" },
} as const;

const LIST = defineCommand({
  name: "schedule list",
  summary: "Lists the schedules of this data directory.",
  arguments: {},
  flags: { ...JSON_FLAG },
  examples: [["deno task schedule list", "what runs when, and the latest results"]],
});

const SHOW = defineCommand({
  name: "schedule show",
  summary: "Shows a schedule: upcoming runs, the last ten, and missed dates.",
  arguments: SCHEDULE,
  flags: { ...JSON_FLAG },
  examples: [["deno task schedule show reach-expert", "everything about one schedule"]],
});

const PAUSE = defineCommand({
  name: "schedule pause",
  summary: "Pauses a schedule; a run in progress continues.",
  arguments: SCHEDULE,
  flags: {
    note: { type: "text", placeholder: "TEXT", description: "Reason, shown in the list" },
    ...JSON_FLAG,
  },
  examples: [[
    'deno task schedule pause reach-expert --note "disk is full"',
    "pause, with a reason",
  ]],
});

const RESUME = defineCommand({
  name: "schedule resume",
  summary: "Resumes a paused schedule; runs due during the pause are skipped.",
  arguments: SCHEDULE,
  flags: { ...JSON_FLAG },
  examples: [["deno task schedule resume reach-expert", "run again from the next date"]],
});

const TRIGGER = defineCommand({
  name: "schedule trigger",
  summary: "Runs a schedule now, even if it is paused.",
  description: "Counts as today's run: with --mode fresh, it uses today's seed.",
  arguments: SCHEDULE,
  flags: { ...JSON_FLAG },
  examples: [["deno task schedule trigger reach-expert", "test the schedule"]],
});

const BACKFILL = defineCommand({
  name: "schedule backfill",
  summary: "Backfills missed runs in sequence.",
  description:
    "Each run has the date on which it was due; with --mode fresh, also that date's seed.",
  arguments: SCHEDULE,
  flags: {
    from: { type: "text", placeholder: "DATE", description: "First date, e.g. 2026-11-01" },
    to: {
      type: "text",
      placeholder: "DATE",
      description: "Last date, inclusive",
    },
    ...JSON_FLAG,
  },
  examples: [
    [
      "deno task schedule backfill reach-fresh --from 2026-11-01 --to 2026-11-07",
      "a week of data, as if the schedule had already existed",
    ],
  ],
});

const DELETE = defineCommand({
  name: "schedule delete",
  summary: "Deletes a schedule; stored results are kept and a run in progress continues.",
  arguments: SCHEDULE,
  flags: {},
  examples: [["deno task schedule delete reach-expert", "delete the schedule"]],
});

/** Time that the server may take to start a nightly run (ms). */
const BEGIN_PATIENCE_MS = 10_000;

/** Interval between two checks for the start of the run (ms). */
const BEGIN_INTERVAL_MS = 100;

/** Commands of `deno task schedule`. */
export const SCHEDULE_COMMANDS: readonly BoundCommand[] = [
  bindCommand(CREATE, create),
  bindCommand(LIST, async ({ flags: { json } }) => {
    const root = await dataRoot();
    let remembered: RememberedSchedules | null = null;
    const views = await withSchedules<readonly ScheduleView[]>(
      root,
      (schedules) => viewSchedules(root, schedules),
      {
        environment: environmentVariables(),
        never: () => [],
        absent: () => {
          remembered = recallSchedules(root) ?? { seen: "", schedules: [] };
          return Promise.resolve(remembered.schedules);
        },
      },
    );
    if (remembered !== null) noteRemembered(remembered);
    if (json) printLine(JSON.stringify(views));
    else if (views.length === 0) printLine(`There are no schedules in ${displayPath(root)}.`);
    else printLine(renderSchedules(views));
    if (views.length > 0) noteWorker(root);
    return 0;
  }),
  bindCommand(SHOW, async ({ arguments: { schedule }, flags: { json } }) => {
    await print(await change(schedule, () => Promise.resolve()), json);
    return 0;
  }),
  bindCommand(PAUSE, async ({ arguments: { schedule }, flags: { note, json } }) => {
    const reason = note ?? "paused with deno task schedule pause";
    await print(await change(schedule, (schedules) => schedules.pause(schedule, reason)), json);
    return 0;
  }),
  bindCommand(RESUME, async ({ arguments: { schedule }, flags: { json } }) => {
    const note = "resumed with deno task schedule resume";
    await print(await change(schedule, (schedules) => schedules.resume(schedule, note)), json);
    return 0;
  }),
  bindCommand(TRIGGER, async ({ arguments: { schedule }, flags: { json } }) => {
    await print(await change(schedule, (schedules) => trigger(schedules, schedule)), json);
    return 0;
  }),
  bindCommand(BACKFILL, async ({ arguments: { schedule }, flags }) => {
    const from = parseDate("from", flags.from), to = parseDate("to", flags.to);
    let dates: readonly string[] = [];
    await change(schedule, async (schedules) => {
      const { daily, timezone } = schedules.inputOf(await schedules.describe(schedule));
      const range = backfillRange({ time: daily, timezone }, [from, to], Temporal.Now.instant());
      await schedules.backfill(schedule, range);
      dates = range.dates;
    });
    printLine(
      flags.json
        ? JSON.stringify({ schedule, dates })
        : `${dates.length} dates will run in sequence: ${dates.join(", ")}.\nFollow them: ` +
          `deno task schedule show ${schedule}`,
    );
    return 0;
  }),
  bindCommand(DELETE, async ({ arguments: { schedule } }) => {
    const root = await dataRoot();
    await withSchedules(root, async (schedules) => {
      await schedules.delete(schedule);
      await viewSchedules(root, schedules);
    }, {
      environment: environmentVariables(),
      never: () => noSchedule(schedule),
    });
    removeFailureCommand(root, schedule);
    printLine(`Deleted schedule ${schedule}; stored results are kept.`);
    return 0;
  }),
];

/** Does something to a schedule. @returns How it stands then */
async function change(
  name: string,
  act: (schedules: Schedules) => Promise<void>,
): Promise<ScheduleView> {
  const root = await dataRoot();
  return await withSchedules(root, async (schedules) => {
    await schedules.describe(name); // refuses an unknown name before anything else
    await act(schedules);
    const views = await viewSchedules(root, schedules);
    return views.find((view) => view.name === name)!; // it was described above
  }, { environment: environmentVariables(), never: () => noSchedule(name) });
}

/** @throws {InvalidInputError} Always: where no server has run there is no schedule */
function noSchedule(name: string): never {
  throw unknownSchedule(name, []);
}

/** Begins a night and waits until the server has. */
async function trigger(schedules: Schedules, name: string): Promise<void> {
  const { info: before } = await schedules.describe(name);
  await schedules.trigger(name);
  for (let waited = 0; waited < BEGIN_PATIENCE_MS; waited += BEGIN_INTERVAL_MS) {
    const { info } = await schedules.describe(name);
    if (info.numActionsTaken > before.numActionsTaken) return;
    if (info.numActionsSkippedOverlap > before.numActionsSkippedOverlap) {
      throw new SluiceError({
        action: "trigger",
        place: name,
        expected: "no run in progress",
        found: "one",
        remedy: `see "deno task schedule show ${name}"`,
      });
    }
    await wait(BEGIN_INTERVAL_MS);
  }
  throw new SluiceError({
    action: "trigger",
    place: name,
    expected: `a run within ${BEGIN_PATIENCE_MS / 1000} s`,
    found: "none",
    remedy: "see the server's log in the data directory",
  });
}

/** Says that no server was asked, and from when its answer is. */
function noteRemembered({ seen, schedules }: RememberedSchedules): void {
  noteLine(
    schedules.length === 0
      ? 'note: No server is running and no earlier list is stored: start one with "deno task ' +
        'up"'
      : `note: No server is running: schedules as of ${formatInstant(seen)}`,
  );
}

async function print(view: ScheduleView, json: boolean): Promise<void> {
  printLine(json ? JSON.stringify(view) : renderSchedule(view));
  noteWorker(await dataRoot());
}

/** Warns if no worker would execute a nightly run. */
function noteWorker(root: string): void {
  if (listWorkers(root).length > 0) return;
  noteLine(
    'note: No worker is running on this machine: scheduled runs start once "deno task up" ' +
      "or the systemd unit in infra/systemd is running",
  );
}
