import { isIPv4 } from "node:net";
import { hostname } from "node:os";
import { InvalidInputError } from "../../core/errors.ts";
import type { ServerAddress } from "../../infra/temporal/connection.ts";
import { isFree } from "../../infra/temporal/ports.ts";
import { buildDigest } from "../../runtime/prepare/build_digest.ts";
import { loadModules } from "../../runtime/prepare/code_modules.ts";
import { MODULE_FLAG } from "../kit/module_flag.ts";
import { codeOf, POLICY_COMMAND_FLAG } from "../kit/policy_command_flag.ts";
import {
  displayPath,
  environmentVariables,
  openDataRoot,
  workingDirectory,
} from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { watchInterrupts } from "../kit/interrupts.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { makeDataRoot } from "../../runtime/data/data_root.ts";
import { openRoot } from "../../runtime/data/root_identity.ts";
import { checkWatchFlags, WATCH_FLAGS, type WatchAddresses } from "../kit/watch_flags.ts";
import { runCommand } from "../kit/run_command.ts";
import { rotateServiceLogs, temporalDirectory } from "../../runtime/services/services.ts";
import { rememberSchedules } from "../kit/schedule_memory.ts";
import { Supervisor } from "../../runtime/services/supervisor.ts";
import { wait } from "../../runtime/services/wait.ts";

/** Interval between two checks of server and worker (ms). */
const WATCH_INTERVAL_MS = 1000;

export const UP = defineCommand({
  name: "up",
  summary: "Runs the Temporal server and a worker for this data directory in the foreground.",
  description:
    "Use it for schedules and for background runs. Reuses what is already running, and " +
    "restarts what dies. On Ctrl-C or SIGTERM, the worker commits work in progress, then " +
    "everything this command started stops; a second signal stops it at once.",
  arguments: {},
  flags: {
    threads: {
      type: "integer",
      description: "Compute threads (default all cores); results do not depend on their number",
      min: 1,
      max: 256,
      aliases: ["concurrency"],
    },
    bind: {
      type: "text",
      placeholder: "ADDRESS",
      description:
        "IPv4 address that the server listens on; 0.0.0.0 for all (default loopback). The " +
        "server has no access control: use it only on a trusted network",
    },
    ...MODULE_FLAG,
    ...POLICY_COMMAND_FLAG,
    ...WATCH_FLAGS,
  },
  examples: [
    ["deno task up", "run until Ctrl-C"],
    ["deno task up --bind 0.0.0.0", "for workers on other machines that share the data directory"],
    ["deno task up --metrics 127.0.0.1:9464", "serve metrics for Prometheus"],
  ],
});

/** @throws {InvalidInputError} If nothing on this machine can listen there */
async function checkBind(address: string | undefined): Promise<void> {
  if (address === undefined) return;
  if (isIPv4(address) && await isFree({ host: address, port: 0 })) return;
  throw new InvalidInputError({
    action: "listen on",
    place: address,
    expected: "an IPv4 address of this machine, or 0.0.0.0 for all",
    remedy: "pass an address of this machine",
  });
}

if (import.meta.main) {
  await runCommand(UP, async ({ flags }) => {
    const { threads, bind } = flags, { root, bucket } = await openDataRoot({ create: true });
    const modules = await loadModules(codeOf(flags), workingDirectory());
    const [addresses] = await Promise.all([checkWatchFlags(flags), checkBind(bind)]);
    await makeDataRoot(root);
    await openRoot(root, { environment: environmentVariables(), onNote: noteLine });
    using interrupts = watchInterrupts(() =>
      noteLine("Stopping: committing work in progress first. Press Ctrl-C again to stop at once")
    );
    const services = await Supervisor.open({
      root,
      environment: environmentVariables(),
      build: buildDigest(modules),
      worker: {
        concurrency: threads ?? navigator.hardwareConcurrency,
        attached: true,
        lasting: true,
        ...(bucket && { home: bucket.blobs.place }),
        modules: modules.urls,
        ...addresses,
      },
      ...(bind === undefined ? {} : { host: bind }),
      sharesWorkers: false,
      onNote: noteLine,
    });
    try {
      await services.superviseWorker();
      printLine(describeServices(root, services.server, { bind, ...addresses }));
      while (!interrupts.drain.aborted) {
        await services.superviseServer();
        await services.superviseWorker();
        rotateServiceLogs(root);
        await wait(WATCH_INTERVAL_MS, interrupts.drain);
      }
    } finally {
      await rememberSchedules(root);
      await services.close(interrupts.kill);
    }
    return interrupts.kill.aborted ? 130 : 0;
  });
}

/** Describes the running services and their addresses. */
function describeServices(
  root: string,
  { address, ui }: ServerAddress,
  { bind, metrics, health }: WatchAddresses & { readonly bind: string | undefined },
): string {
  const port = address.split(":").at(-1);
  return [
    `data         ${displayPath(root)}`,
    `server       ${address}`,
    ...(bind === undefined
      ? []
      : [`elsewhere    TEMPORAL_ADDRESS=${hostname()}:${port} deno task worker`]),
    ...(ui === null ? [] : [`Temporal UI  ${ui}`]),
    ...(metrics === undefined ? [] : [`metrics      http://${metrics}/metrics`]),
    ...(health === undefined ? [] : [`health       http://${health}/readyz`]),
    `logs         ${displayPath(temporalDirectory(root))}`,
    "",
    "Press Ctrl-C to stop.",
  ].join("\n");
}
