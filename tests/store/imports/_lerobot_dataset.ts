import { join } from "node:path";
import { type ParquetColumn, ParquetFile } from "../../../store/lerobot/parquet.ts";

/** LeRobot datasets as other tools write them, of any layout and with any fault. */

/** A column of the rows: its feature, and its values, one a row. */
export interface ForeignColumn {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly names?: unknown;
  /** Column of the Parquet file; one of the values' own type where absent. */
  readonly parquet?: Omit<ParquetColumn, "name">;
  readonly values: readonly unknown[];
}

export interface ForeignDataset {
  /** Lengths of the episodes; they are numbered from 0 where `numbers` does not say otherwise. */
  readonly lengths: readonly number[];
  readonly numbers?: readonly number[];
  readonly columns: Readonly<Record<string, ForeignColumn>>;
  /** Lengths that `meta/episodes` says, where they are others. */
  readonly listed?: readonly number[];
  /** Texts by index. */
  readonly tasks?: Readonly<Record<number, string>>;
  readonly subtasks?: Readonly<Record<number, string>>;
  /** Index of the task of each row; 0 where absent. */
  readonly taskIndex?: readonly number[];
  /** Instead of what is so in `meta/info.json`. */
  readonly info?: Readonly<Record<string, unknown>>;
}

/** Numbers as a column of floats. */
export function floats(values: readonly unknown[], size = 1, names?: unknown): ForeignColumn {
  return { dtype: "float32", shape: [size], names, values };
}

const INDICES = ["timestamp", "frame_index", "episode_index", "index", "task_index"];

/** Columns of the rows of some episodes, with LeRobot's own. */
function rowsOf({ lengths, numbers, columns, taskIndex }: ForeignDataset) {
  const rows = lengths.reduce((sum, length) => sum + length, 0);
  const ofEpisode = (valueAt: (episode: number, step: number) => number) =>
    lengths.flatMap((length, episode) =>
      Array.from({ length }, (_, step) => BigInt(valueAt(episode, step)))
    );
  const integer = { type: "int64", depth: 0 } as const;
  const all: readonly (readonly [ParquetColumn, readonly unknown[]])[] = [
    [{ name: "frame_index", ...integer }, ofEpisode((_, step) => step)],
    [{ name: "episode_index", ...integer }, ofEpisode((episode) => numbers?.[episode] ?? episode)],
    [{ name: "index", ...integer }, Array.from({ length: rows }, (_, row) => BigInt(row))],
    [
      { name: "task_index", ...integer },
      Array.from({ length: rows }, (_, row) => BigInt(taskIndex?.[row] ?? 0)),
    ],
    ...Object.entries(columns).map(([name, { parquet, shape, values }]) => {
      const depth = shape.length === 1 && shape[0] === 1 ? 0 : shape.length;
      return [{ name, ...(parquet ?? { type: "float32", depth }) }, values] as const;
    }),
  ];
  return all;
}

function infoOf({ lengths, columns, tasks = {}, info }: ForeignDataset, version: string): string {
  const indices = INDICES.map((name) => [
    name,
    { dtype: name === "timestamp" ? "float32" : "int64", shape: [1], names: null },
  ]);
  const features = Object.entries(columns).map(([name, { dtype, shape, names = null }]) =>
    [name, { dtype, shape, names }] as const
  );
  return JSON.stringify({
    codebase_version: version,
    robot_type: "so100",
    total_episodes: lengths.length,
    total_frames: lengths.reduce((sum, length) => sum + length, 0),
    total_tasks: Object.keys(tasks).length,
    chunks_size: 1000,
    fps: 10,
    splits: { train: `0:${lengths.length}` },
    features: Object.fromEntries([...features, ...indices]),
    ...info,
  });
}

async function writeParquet(
  path: string,
  columns: readonly (readonly [ParquetColumn, readonly unknown[]])[],
): Promise<void> {
  const file = new ParquetFile(path, columns.map(([column]) => column));
  await file.write(Object.fromEntries(columns.map(([{ name }, values]) => [name, values])));
  await file.finish();
}

/** Writes a dataset of version 3.0. */
export async function writeVersion3(directory: string, dataset: ForeignDataset): Promise<void> {
  const { lengths, numbers, tasks, subtasks } = dataset;
  await writeParquet(join(directory, "data/chunk-000/file-000.parquet"), rowsOf(dataset));
  const integer = (name: string, values: readonly number[]) =>
    [{ name, type: "int64", depth: 0 }, values.map(BigInt)] as const;
  await writeParquet(join(directory, "meta/episodes/chunk-000/file-000.parquet"), [
    integer("episode_index", lengths.map((_, episode) => numbers?.[episode] ?? episode)),
    integer("length", dataset.listed ?? lengths),
  ]);
  for (const [name, texts] of [["task", tasks], ["subtask", subtasks]] as const) {
    if (texts === undefined) continue;
    await writeParquet(join(directory, `meta/${name}s.parquet`), [
      integer(`${name}_index`, Object.keys(texts).map(Number)),
      [{ name: "__index_level_0__", type: "string", depth: 0 }, Object.values(texts)],
    ]);
  }
  await Deno.writeTextFile(join(directory, "meta/info.json"), infoOf(dataset, "v3.0"));
}

/** Writes a dataset of version 2.1: a file each episode, and lines of JSON. */
export async function writeVersion2(directory: string, dataset: ForeignDataset): Promise<void> {
  const { lengths, numbers, tasks = {} } = dataset, all = rowsOf(dataset);
  let row = 0;
  for (const [episode, length] of lengths.entries()) {
    const name = `episode_${String(numbers?.[episode] ?? episode).padStart(6, "0")}.parquet`;
    const part = all.map(([column, values]) => [column, values.slice(row, row + length)] as const);
    await writeParquet(join(directory, "data/chunk-000", name), part);
    row += length;
  }
  await Deno.mkdir(join(directory, "meta"), { recursive: true });
  const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`);
  const episodes = lengths.map((length, episode) => ({
    episode_index: numbers?.[episode] ?? episode,
    tasks: Object.values(tasks),
    length,
  }));
  const texts = Object.entries(tasks).map(([index, task]) => ({ task_index: Number(index), task }));
  await Deno.writeTextFile(join(directory, "meta/episodes.jsonl"), lines(episodes).join(""));
  await Deno.writeTextFile(join(directory, "meta/tasks.jsonl"), lines(texts).join(""));
  await Deno.writeTextFile(join(directory, "meta/info.json"), infoOf(dataset, "v2.1"));
}
