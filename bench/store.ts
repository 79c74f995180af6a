/**
 * Writing and reading episodes, beside zarr-python: the same arrays, chunks and codecs.
 *
 *     deno run -A bench/store.ts
 *
 * Ours includes what zarr-python does not do: every file flushed to the disk, and its SHA-256.
 */
import { join } from "node:path";
import {
  createColumnData,
  type EpisodeSchema,
  type EpisodeTable,
  type FieldSpec,
  rowSize,
} from "../core/episode.ts";
import { createRandom } from "../core/random.ts";
import { mergeDatasets, openDataset, shardDirectory, writeShard } from "../store/mod.ts";
import { ArrayWriter } from "../store/arrays.ts";
import { StoreWriter } from "../store/writer.ts";
import { pythonEnvironment } from "../tools/python_env.ts";

const PEER = decodeURIComponent(new URL("./peers/zarr_store.py", import.meta.url).pathname);

/** Steps of the dataset: about 40 MB of float32. */
const ROWS = 400_000;
/** About 32 episodes of 40 steps, as merge writes them. */
const CHUNK_ROWS = 1280;
/** Measured in turn, so that a busy moment of the machine hits both; the first round warms up. */
const ROUNDS = 3;
const BARS = { write: 1.5, read: 0.7 } as const;

/** The columns of `reach`. */
const FIELDS: Readonly<Record<string, readonly number[]>> = {
  "observation/joint_pos": [7],
  "observation/joint_vel": [7],
  "observation/ee_pos": [3],
  "observation/target_pos": [3],
  "action": [4],
  "reward": [],
};

/** Smooth, as trajectories are: what a codec makes of noise says little. */
function drawRows(rows: number, size: number): Float32Array {
  const random = createRandom(1, "bench", size);
  const data = new Float32Array(rows * size);
  for (let i = size; i < data.length; i++) data[i] = data[i - size]! + 0.01 * random.normal();
  return data;
}

const columns = Object.entries(FIELDS).map(([name, shape]) => ({
  path: `data/${name}`,
  shape,
  data: drawRows(ROWS, rowSize(shape)),
}));
const megabytes = columns.reduce((sum, { data }) => sum + data.byteLength, 0) / 1e6;

/** Seconds to write all columns and commit them. */
async function write(directory: string): Promise<number> {
  const start = performance.now();
  using writer = new StoreWriter(directory);
  for (const { path, shape, data } of columns) {
    const array = await ArrayWriter.create(writer, {
      path,
      dtype: "float32",
      shape,
      rows: ROWS,
      chunkRows: CHUNK_ROWS,
      attributes: {},
    });
    await array.append(data);
    await array.finish();
  }
  await writer.commit({ kind: "merge" });
  return (performance.now() - start) / 1000;
}

/** Writes a dataset of shards, so that what is read is what the project reads. */
async function writeDataset(directory: string): Promise<string> {
  const step = Object.entries(FIELDS).map(([name, shape]): FieldSpec => {
    return { name, dtype: "float32", shape, description: name };
  });
  const schema: EpisodeSchema = { environment: "reach", controlHz: 20, step, episode: [] };
  const episodes = 1000, length = 40, shards = ROWS / (episodes * length);
  for (let shard = 0; shard < shards; shard++) {
    const entries = columns.map(({ path, shape, data }) => {
      const size = rowSize(shape) * episodes * length;
      const rows = createColumnData("float32", size);
      (rows as Float32Array).set(data.subarray(shard * size, (shard + 1) * size)); // made above
      return [path.slice("data/".length), { dtype: "float32", shape, data: rows }] as const;
    });
    const lengths = new Int32Array(episodes).fill(length);
    const table: EpisodeTable = { lengths, step: Object.fromEntries(entries), episode: {} };
    await writeShard(shardDirectory(join(directory, "generate"), shard), table, { schema });
  }
  const limit = episodes * shards;
  const input = { name: "g", directory: join(directory, "generate"), verdicts: null, limit };
  const dataset = join(directory, "merge");
  await mergeDatasets(dataset, [{ ...input, lastShard: shards - 1 }], {
    seed: 1,
    stream: "merge",
    split: { train: 1, validation: 0, test: 0 },
  });
  return dataset;
}

/** Seconds to open a dataset and read all step columns. */
async function read(dataset: string): Promise<number> {
  const start = performance.now();
  const source = await openDataset(dataset);
  for (const { name } of source.schema.step) await source.readSteps(name, 0, source.steps);
  return (performance.now() - start) / 1000;
}

/** Seconds that zarr-python takes for the same. */
async function measurePeer(python: string, task: string, path: string): Promise<number> {
  const command = new Deno.Command(python, { args: [PEER, task, path], stderr: "inherit" });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`Cannot measure zarr-python: ${PEER} ${task} failed`);
  return JSON.parse(new TextDecoder().decode(stdout)).seconds;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function main(directory: string): Promise<number> {
  const { python, reason } = await pythonEnvironment("tests");
  if (python === null) console.log(`store: peer skipped: ${reason}`);
  const dataset = await writeDataset(directory);
  const seconds = { write: [] as number[], read: [] as number[] };
  const peer = { write: [] as number[], read: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    const ours = {
      write: await write(join(directory, `ours-${round}`)),
      read: await read(dataset),
    };
    const theirs = python === null ? null : {
      write: await measurePeer(python, "write", join(directory, `peer-${round}`)),
      read: await measurePeer(python, "read", dataset),
    };
    if (round === 0) continue;
    for (const task of ["write", "read"] as const) {
      seconds[task].push(ours[task]);
      if (theirs !== null) peer[task].push(theirs[task]);
    }
  }
  console.log(`store, ${megabytes.toFixed(0)} MB of float32 in ${columns.length} arrays, MB/s`);
  let reached = true;
  for (const task of ["write", "read"] as const) {
    const ours = megabytes / median(seconds[task]);
    if (python === null) {
      console.log(`${task.padEnd(6)} ${ours.toFixed(0)}`);
      continue;
    }
    const theirs = megabytes / median(peer[task]), ratio = ours / theirs;
    reached &&= ratio >= BARS[task];
    console.log(
      `${task.padEnd(6)} ${ours.toFixed(0).padEnd(6)} zarr-python ${theirs.toFixed(0).padEnd(6)} ` +
        `ratio ${ratio.toFixed(2)}, bar ${BARS[task]}: ${
          ratio >= BARS[task] ? "reached" : "missed"
        }`,
    );
  }
  return reached ? 0 : 1;
}

if (import.meta.main) {
  const directory = await Deno.makeTempDir({ prefix: "sluice-bench-" });
  let status: number;
  try {
    status = await main(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  Deno.exit(status);
}
