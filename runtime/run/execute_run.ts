import { kindOf, type PipelinePlan } from "../../pipelines/mod.ts";
import { importedPolicyDirectory, importPolicy } from "../../store/mod.ts";
import { buildDigest } from "../prepare/build_digest.ts";
import { digestModules } from "../prepare/code_modules.ts";
import { Supervisor } from "../services/supervisor.ts";
import { makeDataRoot } from "../data/data_root.ts";
import { openRoot } from "../data/root_identity.ts";
import { addressFromEnvironment } from "../../infra/temporal/connection.ts";
import type { ExecuteOptions, RunnableRun, RunOutcome } from "./run_options.ts";
import { completeFromStore } from "./stored_run.ts";

/**
 * Runs a pipeline to its end, or goes on with the equal one under way. If all of its stages are
 * stored, there is nothing to execute, and it completes without a server.
 *
 * @throws {SluiceError} If server or worker cannot be kept running
 */
export async function executeRun(
  prepared: RunnableRun,
  options: ExecuteOptions,
): Promise<RunOutcome> {
  const { root, bucket, policyFiles } = prepared;
  const { environment, follow, keep, rerun, submit = false, interrupts, onProgress } = options;
  await makeDataRoot(root);
  await openRoot(root, { environment, onNote: options.onNote });
  for (const { content } of policyFiles) {
    await importPolicy(root, content);
    await bucket?.push(importedPolicyDirectory(content), { exact: true });
  }
  // A server of the user's own is told of every run.
  if (follow && !keep && !rerun && addressFromEnvironment(environment) === null) {
    const { command } = options, signal = interrupts.drain;
    const summary = await completeFromStore(prepared, {
      signal,
      onProgress,
      ...(command === undefined ? {} : { command }),
    });
    if (summary !== null) return { status: summary.status, summary, temporal: null, place: null };
  }
  if (submit) return await (await import("./submit_run.ts")).submitRun(prepared, options);
  const services = await openServices(prepared, options);
  // Only here: the client of Temporal is most of what a command loads, and the worker starts meanwhile.
  const { superviseRun } = await import("./run_control.ts");
  return await superviseRun(prepared, options, services);
}

/** Provides a server and a worker, which are started again when they die. */
function openServices(
  { root, bucket, plan, build, modules }: RunnableRun,
  { environment, keep, concurrency, onNote }: ExecuteOptions,
): Promise<Supervisor> {
  return Supervisor.open({
    root,
    environment,
    build,
    worker: {
      concurrency: concurrency ?? navigator.hardwareConcurrency,
      attached: !keep,
      lasting: keep,
      ...(bucket && { home: bucket.blobs.place }),
      modules,
      warm: firstEnvironment(plan),
    },
    sharesWorkers: true,
    currentBuild: () => buildDigest(digestModules(modules)),
    onNote,
  });
}

/** Returns the environment in which a plan simulates first, undefined if in none or with options. */
function firstEnvironment({ stages }: PipelinePlan): string | undefined {
  const { environment, options } = stages.find((stage) => kindOf(stage).simulates)?.parameters ??
    {};
  return typeof environment === "string" && options === undefined ? environment : undefined;
}
