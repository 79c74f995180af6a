import * as fs from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type * as h5wasm from "h5wasm/node";
import type { File, Group } from "h5wasm/node";
import { type Column, type EpisodeTable, rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { STATE_FIELDS } from "../../core/quadruped_state.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { type ExportControl, registerExporter } from "./exporters.ts";
import { clearTimes } from "../hdf5/times.ts";

/**
 * HDF5 in the layout of the quadruped scripts (document 003): a file a trajectory, and a summary.
 * They are written for Julia, whose arrays are column-major: what it reads as 36 × T, h5py and h5wasm
 * read as [T, 36]. Group `replay` has the other columns of the episode under their own names, and with
 * them all that simulates it again; `hdf5_trajectory.ts` reads it.
 */

const GZIP_LEVEL = 4;

const STATE_COLUMNS: readonly string[] = STATE_FIELDS.map(([name]) => name);

/** Seconds of one command where an episode has none; only the quadruped has such. */
const COMMAND_SECONDS = 1.6;

registerExporter({
  name: "hdf5-quadruped",
  description:
    "a directory of trajectory_00001.h5 ...: states, actions, command_sequence; and summary.h5",
  extension: null,
  write: writeTrajectories,
});

async function writeTrajectories(
  dataset: Dataset,
  directory: string,
  { signal, onProgress, streams = [] }: ExportControl,
): Promise<void> {
  requireQuadruped(dataset);
  const library = await import("h5wasm/node"); // 4 MB, which few processes need
  await library.ready;
  const durations = new Set<number>();
  for (let episode = 0; episode < dataset.episodes; episode++) {
    await setImmediate(); // a turn of the event loop, in which an abort arrives
    signal?.throwIfAborted();
    const table = await dataset.readTable(episode, episode + 1);
    const name = `trajectory_${String(episode + 1).padStart(5, "0")}.h5`;
    const sequence = commandsOf(table, dataset);
    if (sequence.commands.length > 0) durations.add(sequence.seconds);
    writeFile(
      library,
      join(directory, name),
      (file) => writeTrajectory(file, dataset, table, { id: episode + 1, streams, sequence }),
    );
    onProgress?.({ episodes: episode + 1, total: dataset.episodes });
  }
  const rejects = await dataset.readRejects();
  writeFile(library, join(directory, "summary.h5"), (file) => {
    writeSummary(file, dataset, rejects.length);
    const [seconds = COMMAND_SECONDS, ...others] = durations;
    if (others.length === 0) file.create_attribute("cmd_duration", seconds, null, "<d");
  });
}

/** Commands of an episode, none of a walk along a path, and how long each lasts. */
interface Sequence {
  readonly commands: readonly number[];
  readonly seconds: number;
}

function commandsOf({ episode }: EpisodeTable, { schema }: Dataset): Sequence {
  const numbers = Array.from(episode["command_sequence"]!.data, Number);
  const commands = numbers.filter((command) => command > 0);
  const planned = Number(episode["planned_steps"]?.data[0] ?? NaN);
  const seconds = planned / (schema.controlHz * commands.length);
  return { commands, seconds: Number.isFinite(seconds) ? seconds : COMMAND_SECONDS };
}

/** @throws {InvalidInputError} If a column of a trajectory is missing */
function requireQuadruped({ schema }: Dataset): void {
  const names = [...schema.step, ...schema.episode].map(({ name }) => name);
  const missing = [...STATE_COLUMNS, "action", "command_sequence"].find((column) =>
    !names.includes(column)
  );
  if (missing === undefined) return;
  throw new InvalidInputError({
    action: `export "${schema.environment}" to hdf5-quadruped`,
    expected: `column "${missing}"`,
    found: "none",
    remedy: "export a dataset of environment quadruped, or another format",
  });
}

/** Writes a file without times, so that the same dataset gives the same bytes. */
function writeFile(
  { File }: typeof h5wasm,
  path: string,
  write: (file: File) => void,
): void {
  const file = new File(path, "w");
  try {
    write(file);
    file.flush();
  } finally {
    file.close();
  }
  const bytes = fs.readFileSync(path);
  clearTimes(bytes);
  fs.writeFileSync(path, bytes);
}

function writeTrajectory(
  file: File,
  { schema }: Dataset,
  { lengths, step, episode }: EpisodeTable,
  { id, streams, sequence }: {
    readonly id: number;
    readonly streams: readonly string[];
    readonly sequence: Sequence;
  },
): void {
  const length = lengths[0]!;
  const fields = STATE_COLUMNS.map((name) => step[name]!);
  const width = fields.reduce((sum, { shape }) => sum + rowSize(shape), 0);
  const states = sideBySide(fields, length, width);
  const action = step["action"]!;
  writeNumbers(file, "states", { dtype: "float32", shape: [width], data: states }, length);
  writeNumbers(file, "actions", action, length);
  const { commands, seconds } = sequence;
  file.create_dataset({
    name: "command_sequence",
    data: BigInt64Array.from(commands, BigInt),
    shape: [commands.length],
    dtype: "<q",
  });
  const attributes = {
    dt: [1 / schema.controlHz, "<d"],
    cmd_duration: [seconds, "<d"],
    trajectory_id: [id, "<i"],
    num_timesteps: [length, "<i"],
    state_dim: [width, "<i"],
    // As Julia's Bool.
    is_stable: [1, "<B"],
  } as const;
  for (const [name, [value, dtype]] of Object.entries(attributes)) {
    file.create_attribute(name, value, null, dtype);
  }
  file.create_attribute("stability_reason", "stable");
  writeReplay(file, { schema, length, step, episode, streams });
}

/** Writes what a replay needs in addition to the trajectory. */
function writeReplay(
  file: File,
  { schema, length, step, episode, streams }: Pick<EpisodeTable, "step" | "episode"> & {
    readonly schema: Dataset["schema"];
    readonly length: number;
    readonly streams: readonly string[];
  },
): void {
  const replay = file.create_group("replay");
  replay.create_attribute("environment", schema.environment);
  replay.create_attribute("options", JSON.stringify(schema.options ?? {}));
  replay.create_attribute("control_frequency_hz", schema.controlHz, null, "<d");
  replay.create_attribute("streams", JSON.stringify(streams));
  const own = [...STATE_COLUMNS, "action"];
  for (const [name, column] of Object.entries(step)) {
    if (!own.includes(name)) {
      writeNumbers(groupOf(replay, `step/${name}`), leaf(name), column, length);
    }
  }
  for (const [name, column] of Object.entries(episode)) {
    writeNumbers(groupOf(replay, `episode/${name}`), leaf(name), column, null);
  }
}

/** Rows of fields side by side. */
function sideBySide(fields: readonly Column[], length: number, width: number): Float32Array {
  const rows = new Float32Array(length * width);
  let offset = 0;
  for (const { data, shape } of fields) {
    const size = rowSize(shape);
    for (let row = 0; row < length; row++) {
      for (let j = 0; j < size; j++) rows[row * width + offset + j] = Number(data[row * size + j]);
    }
    offset += size;
  }
  return rows;
}

const DTYPES = {
  float32: "<f",
  float64: "<d",
  int32: "<i",
  int64: "<q",
  uint8: "<B",
  bool: "<B",
} as const;

/** @param length Rows, null for one row of an episode */
function writeNumbers(
  group: File | Group,
  name: string,
  { dtype, shape, data }: Column,
  length: number | null,
): void {
  const whole = length === null ? [...shape] : [length, ...shape];
  group.create_dataset({
    name,
    data,
    shape: whole,
    dtype: DTYPES[dtype],
    ...(length === null || length === 0
      ? {}
      : { chunks: whole, compression: "gzip", compression_opts: [GZIP_LEVEL] }),
  });
}

/** Returns the group of a path, and makes it if it does not exist. */
function groupOf(group: Group, path: string): Group {
  return path.split("/").slice(0, -1).reduce(
    (parent, part) =>
      parent.keys().includes(part) ? parent.get(part) as Group : parent.create_group(part), // made as one
    group,
  );
}

function leaf(path: string): string {
  return path.split("/").at(-1)!;
}

function writeSummary(file: File, { episodes, steps, schema }: Dataset, refused: number): void {
  const attributes = {
    stable_count: [episodes, "<i"],
    total_count: [episodes + refused, "<i"],
    acceptance_rate: [episodes / Math.max(1, episodes + refused), "<d"],
    total_timesteps: [steps, "<i"],
    dt: [1 / schema.controlHz, "<d"],
  } as const;
  for (const [name, [value, dtype]] of Object.entries(attributes)) {
    file.create_attribute(name, value, null, dtype);
  }
}
