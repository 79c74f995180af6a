/**
 * Writing and reading episodes, beside zarr-python: the same arrays, chunks and codecs.
 *
 * Ours includes what zarr-python does not do: every file flushed to the disk, and its SHA-256.
 */
import { join } from "node:path";
import {
  copyData,
  createColumnData,
  type EpisodeSchema,
  type EpisodeTable,
  type FieldSpec,
  rowSize,
} from "../core/episode.ts";
import { createRandom } from "../core/random.ts";
import { mergeDatasets, openDataset, shardDirectory, writeShard } from "../store/mod.ts";
import { ArrayWriter } from "../store/zarr/array_writer.ts";
import { StoreWriter } from "../store/zarr/writer.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { type BenchmarkOptions, type Figure, runPeer, takeTurns } from "./_figures.ts";

/** Steps of the dataset: about 40 MB of float32. */
const ROWS = 400_000;
/** Rows of a chunk, as merge writes them: about 32 episodes of 40 steps. */
const CHUNK_ROWS = 1280;
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
function drawRows(seed: number, rows: number, size: number): Float32Array {
  const random = createRandom(seed, "bench", size);
  const data = new Float32Array(rows * size);
  for (let i = size; i < data.length; i++) data[i] = data[i - size]! + 0.01 * random.normal();
  return data;
}

interface DrawnColumn {
  readonly path: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

function drawColumns(seed: number): readonly DrawnColumn[] {
  return Object.entries(FIELDS).map(([name, shape]) => ({
    path: `data/${name}`,
    shape,
    data: drawRows(seed, ROWS, rowSize(shape)),
  }));
}

/** Seconds to write all columns and commit them. */
async function write(directory: string, columns: readonly DrawnColumn[]): Promise<number> {
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
async function writeDataset(
  directory: string,
  columns: readonly DrawnColumn[],
): Promise<string> {
  const step = Object.entries(FIELDS).map(([name, shape]): FieldSpec => {
    return { name, dtype: "float32", shape, description: name };
  });
  const schema: EpisodeSchema = { environment: "reach", controlHz: 20, step, episode: [] };
  const episodes = 1000, length = 40, shards = ROWS / (episodes * length);
  for (let shard = 0; shard < shards; shard++) {
    const entries = columns.map(({ path, shape, data }) => {
      const size = rowSize(shape) * episodes * length;
      const rows = createColumnData("float32", size);
      copyData(rows, data.subarray(shard * size, (shard + 1) * size));
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

export async function measureStore({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  const directory = await Deno.makeTempDir({ prefix: "sluice-bench-" });
  try {
    return await compareStores(directory, drawColumns(seed));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function compareStores(
  directory: string,
  columns: readonly DrawnColumn[],
): Promise<Figure[]> {
  const megabytes = columns.reduce((sum, { data }) => sum + data.byteLength, 0) / 1e6;
  const { python, reason } = await pythonEnvironment("tests");
  const dataset = await writeDataset(directory, columns);
  let written = 0;
  const peer = async (task: string, path: string) => {
    if (python === null) return NaN;
    const { seconds } = await runPeer<{ readonly seconds: number }>(
      python,
      "zarr_store.py",
      [task, path],
    );
    return megabytes / seconds;
  };
  const rates = await takeTurns(ROUNDS, {
    write: async () => megabytes / await write(join(directory, `ours-${written++}`), columns),
    peerWrite: () => peer("write", join(directory, `peer-${written++}`)),
    read: async () => megabytes / await read(dataset),
    peerRead: () => peer("read", dataset),
  });
  const figure = (
    name: "write" | "read",
    value: number,
    theirs: number,
    least: number,
  ): Figure => ({
    id: `store.${name}`,
    name: `${name} ${columns.length} float32 arrays, ${megabytes.toFixed(0)} MB`,
    unit: "MB/s",
    value,
    ...(python === null ? {} : {
      peer: { name: "zarr-python", value: theirs },
      bar: { of: "ratio", least },
    }),
  });
  const figures = [
    figure("write", rates.write, rates.peerWrite, BARS.write),
    figure("read", rates.read, rates.peerRead, BARS.read),
  ];
  if (python !== null) return figures;
  return figures.map((each) => ({ ...each, name: `${each.name} (no peer: ${reason})` }));
}
