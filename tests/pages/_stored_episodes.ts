import { join } from "node:path";
import {
  type EnvironmentDefinition,
  rolloutCandidates,
  type RolloutOptions,
} from "../../sim/mod.ts";
import { mergeDatasets, shardDirectory, writeShard } from "../../store/mod.ts";

/** Simulates three episodes of seed 3, or more, and stores them. @returns The dataset's directory */
export async function storeEpisodes(
  directory: string,
  environment: EnvironmentDefinition,
  options: Pick<RolloutOptions, "policy" | "randomize" | "actionNoise"> & { count?: number },
): Promise<string> {
  const { policy, count = 3, ...rest } = options, seed = 3;
  const schema = environment.schema(typeof policy === "string" ? { ...rest, policy } : rest);
  const table = await rolloutCandidates({
    environment,
    seed,
    stream: "generate",
    first: 0,
    count,
    policy,
    ...rest,
  });
  const generate = join(directory, "generate"), merge = join(directory, "merge");
  await writeShard(shardDirectory(generate, 0), table, { schema });
  const input = {
    name: "generate",
    directory: generate,
    verdicts: null,
    lastShard: 0,
    limit: count,
    seed,
  };
  await mergeDatasets(merge, [input], {
    seed,
    stream: "merge",
    split: { train: 1, validation: 0, test: 0 },
  });
  return merge;
}
