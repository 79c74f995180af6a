import type { DataRoot } from "../../runtime/data/data_root.ts";
import type { ServerAddress } from "../../infra/temporal/connection.ts";
import { buildDigest } from "../../runtime/prepare/build_digest.ts";
import { closeCancelledRun } from "../../runtime/run/close_cancelled_run.ts";
import { environmentVariables, openDataRoot } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { RunClient } from "../../runtime/run/run_client.ts";
import { runCommand } from "../kit/run_command.ts";
import {
  RUN_ARGUMENT,
  type RunUnderWay,
  withRunUnderWay,
} from "../../runtime/run/runs_under_way.ts";
import { nameOf } from "../../runtime/run/run_identity.ts";
import { Supervisor } from "../../runtime/services/supervisor.ts";
import { wait } from "../../runtime/services/wait.ts";
import { hasWorker } from "../../runtime/services/worker_registry.ts";

/** Time that a worker on another machine may take to end a run (ms). */
const REMOTE_PATIENCE_MS = 60_000;

export const CANCEL = defineCommand({
  name: "cancel",
  summary: "Cancels a running pipeline for good.",
  description: "Committed work is kept: running the same pipeline again continues from there. To " +
    "stop temporarily, use pause, or press Ctrl-C in the command that runs it.",
  arguments: { run: RUN_ARGUMENT },
  flags: {},
  examples: [["deno task cancel reach-expert", "cancel the run"]],
});

if (import.meta.main) {
  await runCommand(CANCEL, async ({ arguments: { run: name } }) => {
    const { root, bucket } = await openDataRoot(), place = { root, ...(bucket && { bucket }) };
    await withRunUnderWay(root, name, async ({ client, server, run }) => {
      const ended = await endRun(place, server, run, new RunClient(client, run.workflowId, true));
      printLine(
        ended
          ? `Cancelled ${nameOf(run)}. Committed work is kept: the same command continues from ` +
            'there; "deno task clean" removes what no run needs.'
          : `Cancellation of ${nameOf(run)} is requested; it takes effect once a worker is ` +
            "running: deno task worker",
      );
    }, { environment: environmentVariables(), onNote: noteLine });
    return 0;
  });
}

/**
 * Cancels a run by a worker of the code that started it, so that it is closed in good order; where
 * no such worker can be had, the server alone ends it.
 *
 * @returns Whether it has ended
 */
async function endRun(
  place: DataRoot,
  server: ServerAddress,
  run: RunUnderWay,
  client: RunClient,
): Promise<boolean> {
  const { build } = run, { root } = place;
  if (hasWorker(root, build)) {
    await client.cancel();
    await settled(client);
    return true;
  }
  if (!server.own) {
    await client.cancel();
    return await Promise.race([
      settled(client).then(() => true),
      wait(REMOTE_PATIENCE_MS).then(() => false),
    ]);
  }
  if (build !== buildDigest()) {
    noteLine("A different version of the code started this run: terminating it without a worker");
    await client.terminate("cancelled by a different version of the code, which cannot resume it");
    await closeCancelledRun(place, run);
    return true;
  }
  await client.cancel();
  noteLine("No worker is running: starting one to close the run");
  await using _worker = await closingWorker(place, build);
  await settled(client);
  return true;
}

/** Waits until a run has ended, however it did. */
async function settled(client: RunClient): Promise<void> {
  await client.result().catch(() => {});
}

/** A worker for the moment. */
async function closingWorker({ root, bucket }: DataRoot, build: string): Promise<AsyncDisposable> {
  const services = await Supervisor.open({
    root,
    environment: environmentVariables(),
    build,
    worker: {
      ...{ concurrency: 1, attached: true, lasting: false, modules: [] },
      ...(bucket && { home: bucket.blobs.place }),
    },
    sharesWorkers: true,
    onNote: noteLine,
  });
  await services.superviseWorker();
  return { [Symbol.asyncDispose]: () => services.close() };
}
