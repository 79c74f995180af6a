import { endProcess, isAlive, type ProcessIdentity } from "../../infra/temporal/process.ts";
import { stopServer } from "../../infra/temporal/server.ts";
import { dataRoot, displayPath } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { runCommand } from "../kit/run_command.ts";
import { DRAIN_PATIENCE_MS, temporalDirectory } from "../../runtime/services/services.ts";
import { isWithinReach, listWorkers } from "../../runtime/services/worker_registry.ts";

export const DOWN = defineCommand({
  name: "down",
  summary: "Stops the workers and the Temporal server of this data directory.",
  description:
    "Workers first commit the shard or checkpoint in progress. Runs are not cancelled: " +
    "they continue once a worker is running again.",
  arguments: {},
  flags: {
    now: {
      type: "boolean",
      description: "Stop at once; work since the last commit will be recomputed",
    },
  },
  examples: [["deno task down", "stop what --keep left running"]],
});

if (import.meta.main) {
  await runCommand(DOWN, async ({ flags: { now } }) => {
    const root = await dataRoot();
    const patience = now ? 0 : DRAIN_PATIENCE_MS;
    for (const { pid, host } of listWorkers(root).filter((worker) => !isWithinReach(worker))) {
      noteLine(`Worker ${pid} of ${host} runs in another container: stop it there`);
    }
    const commands = await endAll(commandsOf(root), patience);
    const workers = await endAll(listWorkers(root).filter(isWithinReach), patience);
    const server = await stopServer(temporalDirectory(root));
    printLine(
      commands + workers > 0 || server
        ? `Stopped everything running on ${displayPath(root)}. Committed work is kept.`
        : `Nothing is running on ${displayPath(root)}.`,
    );
    return 0;
  });
}

/** Commands that would start their workers again: they are ended with them. */
function commandsOf(root: string): readonly ProcessIdentity[] {
  const parents = listWorkers(root).filter(isWithinReach).flatMap(({ parent }) =>
    parent === null ? [] : [parent]
  );
  return [...new Map(parents.map((parent) => [parent.pid, parent])).values()].filter(isAlive);
}

/** @returns How many there were */
async function endAll(
  processes: readonly ProcessIdentity[],
  patienceMs: number,
): Promise<number> {
  if (processes.length > 0 && patienceMs > 0) {
    const pids = processes.map(({ pid }) => pid).join(", ");
    noteLine(`Waiting for process ${pids} to commit work in progress`);
  }
  await Promise.all(processes.map((identity) => endProcess(identity, patienceMs)));
  return processes.length;
}
