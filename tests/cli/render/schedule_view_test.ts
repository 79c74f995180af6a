import assert from "node:assert/strict";
import {
  renderSchedule,
  renderSchedules,
  type ScheduleView,
} from "../../../cli/render/schedule_view.ts";

const VIEW: ScheduleView = {
  name: "nights",
  pipeline: "reach-expert",
  seed: 42,
  mode: "reproduce",
  daily: "02:00",
  timezone: "Europe/Berlin",
  paused: false,
  note: null,
  onFailure: "notify-send night",
  next: ["2026-11-22T01:00:00.000Z", "2026-11-23T01:00:00.000Z"],
  begun: 5,
  missed: 2,
  skipped: 1,
  without: ["2026-11-18", "2026-11-19"],
  running: ["nights-0011-night-2026-11-21T01:00:00Z"],
  nights: [
    {
      id: "nights-0011-night-2026-11-21T01:00:00Z",
      nominal: "2026-11-21T01:00:00.000Z",
      status: "running",
      record: {
        date: "2026-11-21",
        seed: 42,
        work: "reproduced",
        workflowId: "reach-expert-123456789abc-01234567-rerun",
        directory: null,
        error: null,
        commandStatus: null,
      },
    },
    {
      id: "nights-0011-night-2026-11-20T01:00:00Z",
      nominal: "2026-11-20T01:00:00.000Z",
      status: "failed",
      record: {
        date: "2026-11-20",
        seed: 42,
        work: "reproduced",
        workflowId: "reach-expert-123456789abc-01234567-rerun",
        directory: "runs/reach-expert/0007",
        error: 'ReproductionError: Cannot reproduce stage "merge"',
        commandStatus: 3,
      },
    },
    {
      id: "nights-0011-night-2026-10-01T00:00:00Z",
      nominal: "2026-10-01T00:00:00.000Z",
      status: "forgotten",
      record: null,
    },
  ],
};

Deno.test("renderSchedule() shows what is due, what was missed and how nights went", () => {
  assert.equal(
    renderSchedule(VIEW),
    `\
Schedule nights

pipeline    reach-expert, seed 42, reproduce
daily       02:00 Europe/Berlin
next        2026-11-22 02:00, 2026-11-23 02:00
started     5 runs, 1 running
missed      2: no server ran within a day of the scheduled time
skipped     1: the previous run was still running
on failure  notify-send night
no run      2026-11-18, 2026-11-19: run them with "deno task schedule backfill"

time              outcome    work        seed  run
2026-11-21 02:00  running    reproduced    42  reach-expert-123456789abc-01234567-rerun
2026-11-20 02:00  failed     reproduced    42  reach-expert/7
2026-10-01 02:00  forgotten

2026-11-20 02:00  ReproductionError: Cannot reproduce stage "merge" (failure command: status 3)`,
  );
});

Deno.test("renderSchedules() has a line for each, paused ones without a next night", () => {
  const paused = { ...VIEW, name: "idle", paused: true, next: [], nights: [], running: [] };
  assert.equal(
    renderSchedules([VIEW, paused]),
    `\
schedule  pipeline      mode       daily                next              last run  missed  skipped
nights    reach-expert  reproduce  02:00 Europe/Berlin  2026-11-22 02:00  running        2        1
idle      reach-expert  reproduce  02:00 Europe/Berlin  paused            none yet       2        1`,
  );
});
