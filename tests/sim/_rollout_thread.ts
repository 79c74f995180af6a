import { parentPort, workerData } from "node:worker_threads";
import {
  type EnvironmentOptions,
  getEnvironment,
  rolloutCandidates,
  type RolloutOptions,
} from "../../sim/mod.ts";
import { digestTable } from "./_tables.ts";

/** What the thread simulates; a definition has functions and cannot cross. */
export interface ThreadTask {
  readonly environment: string;
  readonly environmentOptions: EnvironmentOptions;
  /** URL of the module that registers it; undefined for those of Sluice. */
  readonly module: string | undefined;
  readonly options: Omit<RolloutOptions, "environment">;
}

if (parentPort !== null) {
  const task = workerData as ThreadTask; // what digestOnThread() sends
  if (task.module !== undefined) await import(task.module);
  const environment = getEnvironment(task.environment, task.environmentOptions);
  const table = await rolloutCandidates({ ...task.options, environment });
  parentPort.postMessage(digestTable(table));
}
