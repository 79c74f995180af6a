import { parentPort, workerData } from "node:worker_threads";
import { getEnvironment, rolloutCandidates, type RolloutOptions } from "../../sim/mod.ts";
import { digestTable } from "./_tables.ts";

/** What the thread simulates; a definition has functions and cannot cross. */
export interface ThreadTask {
  readonly environment: string;
  /** URL of the module that registers it; undefined for those of Sluice. */
  readonly module: string | undefined;
  readonly options: Omit<RolloutOptions, "environment">;
}

if (parentPort !== null) {
  const { environment, options, module } = workerData as ThreadTask; // what digestOnThread() sends
  if (module !== undefined) await import(module);
  const table = await rolloutCandidates({ ...options, environment: getEnvironment(environment) });
  parentPort.postMessage(digestTable(table));
}
