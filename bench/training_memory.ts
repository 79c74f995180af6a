/**
 * Memory of training on datasets of different sizes: the path-following policy reads rows from the
 * store, so that four times the trajectories take no more of it.
 */
import { join } from "node:path";
import { type EpisodeSchema, type EpisodeTable, rowSize } from "../core/episode.ts";
import { createRandom } from "../core/random.ts";
import { trainModel } from "../learn/mod.ts";
import { getEnvironment } from "../sim/mod.ts";
import { mergeDatasets, openDataset, shardDirectory, writeShard } from "../store/mod.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";

/** Trajectories of the smaller dataset and of the larger; of each shard; steps of each. */
const TRAJECTORIES = { few: 300, many: 1_200 } as const;
const SHARD = 50, STEPS = 2_500;
/** Most that the larger may take beside the smaller, and of its own size. */
const BARS = { growth: 1.25, size: 1 } as const;

/** Schema of the policy's inputs, at the rate at which it reads: every row counts. */
const SCHEMA: EpisodeSchema = {
  environment: "quadruped",
  controlHz: 50,
  step: getEnvironment("quadruped").schema().step.filter(({ name }) =>
    name.startsWith("observation/") || name === "action"
  ),
  episode: [],
};

const ROW_BYTES = 4 * SCHEMA.step.reduce((sum, { shape }) => sum + rowSize(shape), 0);

/** Numbers that episodes are cut from, at random places: drawing each would take minutes. */
const NOISE = 2 ** 20;

async function writeDataset(
  directory: string,
  trajectories: number,
  seed: number,
): Promise<string> {
  const random = createRandom(seed, "bench", trajectories);
  const noise = Float32Array.from({ length: 2 * NOISE }, () => random.normal());
  const generate = join(directory, "generate"), merge = join(directory, "merge");
  const shards = trajectories / SHARD;
  for (let shard = 0; shard < shards; shard++) {
    const columns = SCHEMA.step.map(({ name, shape }) => {
      const data = new Float32Array(SHARD * STEPS * rowSize(shape));
      for (let at = 0; at < data.length; at += NOISE) {
        const part = data.subarray(at, at + NOISE), from = random.integer(NOISE);
        part.set(noise.subarray(from, from + part.length));
      }
      return [name, { dtype: "float32", shape, data }] as const;
    });
    const lengths = new Int32Array(SHARD).fill(STEPS);
    const table: EpisodeTable = { lengths, step: Object.fromEntries(columns), episode: {} };
    await writeShard(shardDirectory(generate, shard), table, { schema: SCHEMA });
  }
  const input = { name: "g", directory: generate, verdicts: null, limit: trajectories };
  await mergeDatasets(merge, [{ ...input, lastShard: shards - 1 }], {
    seed: 1,
    stream: "merge",
    split: { train: 0.9, validation: 0.1, test: 0 },
  });
  await Deno.remove(generate, { recursive: true });
  return merge;
}

/** Peak of the memory, in MB, of a process that trains. */
async function measurePeak(dataset: string, epochs: number): Promise<number> {
  const script = decodeURIComponent(new URL(import.meta.url).pathname);
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, dataset, String(epochs)],
    stderr: "inherit",
  });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`Cannot measure the memory of a training: see above`);
  return Number(new TextDecoder().decode(stdout));
}

export async function measureTrainingMemory(
  { seed }: BenchmarkOptions,
): Promise<readonly Figure[]> {
  const directory = await Deno.makeTempDir({ prefix: "sluice-bench-" });
  try {
    const few = await writeDataset(join(directory, "few"), TRAJECTORIES.few, seed);
    const many = await writeDataset(join(directory, "many"), TRAJECTORIES.many, seed);
    // As many rows are read of both: what is left to be collected is memory too.
    const epochs = TRAJECTORIES.many / TRAJECTORIES.few;
    const peaks = { few: await measurePeak(few, epochs), many: await measurePeak(many, 1) };
    const megabytes = TRAJECTORIES.many * STEPS * ROW_BYTES / 1e6;
    const name = `training on ${TRAJECTORIES.many} trajectories, peak of the memory`, unit = "MB";
    return [{
      id: "training-memory.growth",
      name,
      unit,
      value: peaks.many,
      peer: { name: `on ${TRAJECTORIES.few}`, value: peaks.few },
      bar: { of: "ratio", most: BARS.growth },
    }, {
      id: "training-memory.size",
      name,
      unit,
      value: peaks.many,
      peer: { name: "the dataset", value: megabytes },
      bar: { of: "ratio", most: BARS.size },
    }];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Trains on a dataset for some epochs and prints the peak: a process of its own. */
if (import.meta.main) {
  const [dataset, epochs] = Deno.args;
  const { status } = await trainModel({
    model: "path-policy",
    parameters: { epochs: Number(epochs), batch: 4096, hidden: [8] }, // little work beside reading
    seed: 0,
    stream: "bench",
    source: await openDataset(dataset!),
    checkpointEvery: 1_000_000,
    validateEvery: 100,
  });
  const peak = /VmHWM:\s*(\d+) kB/.exec(await Deno.readTextFile("/proc/self/status"))?.[1];
  console.log(status === "completed" ? Number(peak) * 1024 / 1e6 : NaN);
}
