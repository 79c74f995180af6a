import { join } from "node:path";
import { getEnvironment, rolloutCandidates } from "../../sim/mod.ts";
import { mergeDatasets, shardDirectory, writeShard } from "../../store/mod.ts";

/** Episodes of a dataset of random movements, and the seed of its stage. */
export const MOVEMENTS = { episodes: 12, seed: 5 };

/** Writes a dataset of random movements in Push-T. @returns Its directory */
export async function writeMovements(directory: string): Promise<string> {
  const environment = getEnvironment("push-t", { engine: "chipmunk" });
  const { episodes, seed } = MOVEMENTS, generate = join(directory, "generate");
  const options = { policy: "dmp", seed, stream: "generate", first: 0, count: episodes };
  const table = await rolloutCandidates({ ...options, environment });
  const schema = environment.schema({ policy: "dmp" });
  await writeShard(shardDirectory(generate, 0), table, { schema });
  const input = { name: "g", directory: generate, verdicts: null, lastShard: 0, limit: episodes };
  const split = { train: 0.5, validation: 0.25, test: 0.25 };
  const merge = join(directory, "merge");
  await mergeDatasets(merge, [{ ...input, seed }], { seed: 1, stream: "merge", split });
  return merge;
}
