import { typedData } from "../core/episode.ts";
import { parentPort } from "node:worker_threads";
import { getEnvironment, rolloutCandidates, type RolloutOptions } from "../sim/mod.ts";

/** Candidates of an environment by its name; also what the thread of this file is sent. */
export interface RolloutTask extends Omit<RolloutOptions, "environment" | "policy" | "stream"> {
  readonly environment: string;
  readonly policy: string;
}

/** Result of a rollout. */
export interface RolloutCount {
  /** Control steps. */
  readonly steps: number;
  readonly successes: number;
  readonly seconds: number;
}

/** Simulates candidates and counts. */
export async function countRollout(task: RolloutTask): Promise<RolloutCount> {
  const start = performance.now();
  const { lengths, episode } = await rolloutCandidates({
    ...task,
    environment: getEnvironment(task.environment),
    stream: "bench",
  });
  const seconds = (performance.now() - start) / 1000;
  const success = typedData(episode["success"]!.data, Uint8Array); // as bool columns are held
  return {
    steps: lengths.reduce((sum, length) => sum + length, 0),
    successes: success.reduce((sum, value) => sum + value, 0),
    seconds,
  };
}

parentPort?.on("message", async (task: RolloutTask) => {
  parentPort!.postMessage(await countRollout(task));
});
