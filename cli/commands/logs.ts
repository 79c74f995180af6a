import { join } from "node:path";
import { fillRun, readRun, resolveRun } from "../../store/mod.ts";
import { formatCount, formatMetric, formatNumber, formatSeconds } from "../../view/format.ts";
import { openDataRoot } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { type LoggedLine, LogReader } from "../../runtime/run/log_reader.ts";
import { printLine } from "../kit/output.ts";
import { runCommand } from "../kit/run_command.ts";
import { logDirectory } from "../../runtime/run/run_log.ts";
import { wait } from "../../runtime/services/wait.ts";

/** Interval at which the logs of a running pipeline are read (ms). */
const FOLLOW_INTERVAL_MS = 500;

export const LOGS = defineCommand({
  name: "logs",
  summary: "Shows the log of a run in chronological order: shards, stages, notes and failures.",
  arguments: { run: { description: "A run: reach-expert, reach-expert/7, or its directory" } },
  flags: {
    follow: { type: "boolean", description: "Follow the log until the run ends" },
    json: { type: "boolean", description: "Print the stored lines, one JSON object each" },
  },
  examples: [
    ["deno task logs reach-expert --follow", "follow the latest run"],
    [
      "deno task logs reach-expert/7 --json | jq 'select(.outcome == \"failed\")'",
      "what failed in a run",
    ],
  ],
});

if (import.meta.main) {
  await runCommand(LOGS, async ({ arguments: { run }, flags: { follow, json } }) => {
    const { root, bucket } = await openDataRoot();
    const { directory } = await resolveRun(root, run);
    const reader = new LogReader(join(root, logDirectory(directory)));
    for (;;) {
      if (bucket !== undefined) await fillRun(bucket, directory);
      // Asked first: what is logged until then is read below.
      const ended = await readRun(root, directory) !== null;
      for (const line of await reader.next()) printLine(json ? line.text : renderEvent(line.event));
      if (!follow || ended) return 0;
      await wait(FOLLOW_INTERVAL_MS);
    }
  });
}

/** Formats a line of a log for people: the time of day, run and stage, event, figures. */
export function renderEvent({ time, event, ...fields }: LoggedLine["event"]): string {
  const { run, stage, shard, text, pid: _, ...rest } = fields;
  const { source, message } = rest;
  const clock = new Date(time).toTimeString().slice(0, 8);
  const place = [run, stage].filter((name) => name !== undefined).join(" ");
  const who = [place, shard === undefined ? "" : `shard ${shard}`];
  const work = workDone(rest);
  const [state, ...others] = Object.entries(work.rest).map(figure);
  const what = event === "note"
    ? [String(text)]
    : event === "output"
    ? [`${source}: ${message}`]
    : [state ?? "", work.text, ...others];
  return [clock, ...who, ...what].filter((part) => part !== "").join("  ");
}

/** States, outcomes and work done speak for themselves; other figures have their name. */
function figure([name, value]: readonly [string, unknown]): string {
  if (name === "state" || name === "outcome" || name === "message") return String(value);
  if (name === "digest") return `digest ${String(value).slice(0, 12)}`;
  if (name === "seconds" && typeof value === "number") return formatSeconds(value);
  return `${name} ${typeof value === "number" ? formatMetric(name, value) : value}`;
}

/** `done`, `total` and `unit` as one figure: `1,024 of 50,000 steps`. */
function workDone({ done, total, unit, rate, ...rest }: Readonly<Record<string, unknown>>) {
  if (typeof done !== "number" || typeof total !== "number") return { text: "", rest };
  const pace = typeof rate === "number" ? `, ${formatNumber(rate)}/s` : "";
  return { text: `${formatCount(done)} of ${formatCount(total)} ${unit}${pace}`, rest };
}
