import { closeSync, openSync, readSync, statSync } from "node:fs";
import { Dataset, type File, Group } from "h5wasm";
import type { Column, ColumnData, DType, EpisodeTable } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { STATE_FIELDS, STATE_SIZE } from "../../core/quadruped_state.ts";
import { Hdf5Reader } from "../hdf5/reader.ts";
import { firstReason, openSandboxed } from "../hdf5/sandbox.ts";
import { ImportError, ImportFaults } from "../imports/fault.ts";

/** A trajectory of document 003, in a file as format `hdf5-quadruped` writes them. */
export interface Trajectory {
  /**
   * Environment in which it was recorded; null if the file does not say, without group `replay`.
   */
  readonly recorded: RecordedIn | null;
  /** Control steps per second. */
  readonly controlHz: number;
  /**
   * One episode. With group `replay` it has all columns of its dataset; without, those of states and
   * actions alone, and one step less than the file, whose last state is `final_observation/*`.
   */
  readonly table: EpisodeTable;
}

/** The environment of a trajectory. */
export interface RecordedIn {
  readonly environment: string;
  readonly options: Readonly<Record<string, string | boolean>>;
  /** Random streams that may have drawn its start. */
  readonly streams: readonly string[];
}

const ACTION_SIZE = 12;

/** Signature of an HDF5 file, and its possible offsets: a user block may precede it. */
const SIGNATURE = "\x89HDF\r\n\x1a\n", PLACES = [0, 512, 1024, 2048];
/** Bytes of the superblock that are read, of files whose addresses have eight, as all have today. */
const SUPERBLOCK_SIZE = 64;

/** Remedy: the way to a readable file. */
const REMEDY = 'write one by "deno task export <run> --to hdf5-quadruped"';

/**
 * Reads a trajectory file.
 *
 * @throws {InvalidInputError} If it is missing, damaged or of another layout
 */
export async function readTrajectory(path: string): Promise<Trajectory> {
  requireHdf5(path);
  try {
    const open = await openSandboxed(path);
    using reader = new Hdf5Reader(open, path, new ImportFaults(path, { stops: true }));
    reader.datasets("/"); // none of them too large, or elsewhere
    return readFile(open.file, path);
  } catch (error) {
    if (error instanceof ImportError) {
      throw refusal(path, "data that can be read", `${error.fault.place}: ${error.fault.message}`);
    }
    if (error instanceof InvalidInputError) throw error;
    throw refusal(path, "an HDF5 file", firstReason(error)); // of the library, of a damaged file
  }
}

/**
 * Rejects what the library would report on standard error: files that are not HDF5, or only a part.
 *
 * @throws {InvalidInputError} If it is none or not whole
 */
function requireHdf5(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) throw refusal(path, "a file", "none");
  const descriptor = openSync(path, "r"), block = new Uint8Array(SUPERBLOCK_SIZE);
  try {
    const place = PLACES.find((place) => {
      readSync(descriptor, block, 0, block.length, place);
      return String.fromCharCode(...block.subarray(0, SIGNATURE.length)) === SIGNATURE;
    });
    if (place === undefined) throw refusal(path, "an HDF5 file", "another");
    const end = place + endOf(new DataView(block.buffer));
    if (found.size < end) throw refusal(path, `${end} bytes`, `${found.size}`);
  } finally {
    closeSync(descriptor);
  }
}

/** Bytes of a file by its superblock, whose second version is laid out otherwise than the first two. */
function endOf(superblock: DataView): number {
  const version = superblock.getUint8(SIGNATURE.length);
  return Number(superblock.getBigUint64(version >= 2 ? 28 : version === 1 ? 44 : 40, true));
}

function readFile(file: File, path: string): Trajectory {
  const states = requireRows(file, "states", STATE_SIZE, path);
  const actions = requireRows(file, "actions", ACTION_SIZE, path);
  const rows = states.length / STATE_SIZE;
  if (actions.length !== rows * ACTION_SIZE || rows < 2) {
    const found = `${rows} of states, ${actions.length / ACTION_SIZE} of actions`;
    throw refusal(path, "as many rows of states as of actions, at least two", found);
  }
  const dt = Number(file.attrs["dt"]?.value ?? NaN);
  if (!(dt > 0)) throw refusal(path, "attribute dt in s", Number.isNaN(dt) ? "none" : `${dt}`);
  const controlHz = Math.round(1e6 / dt) / 1e6; // 1 / 0.004 is not quite 250
  const columns = splitStates(states, rows);
  const replay = file.get("replay");
  if (!(replay instanceof Group)) {
    return { recorded: null, controlHz, table: observedTable(columns, actions, rows) };
  }
  const step = readGroup(replay, "step", rows), episode = readGroup(replay, "episode", null);
  return {
    recorded: readRecordedIn(replay, path),
    controlHz,
    table: {
      lengths: Int32Array.of(rows),
      step: { ...columns, action: floats(actions, ACTION_SIZE), ...step },
      episode,
    },
  };
}

/** Reads the attributes of group `replay`. */
function readRecordedIn(replay: Group, path: string): RecordedIn {
  const text = (name: string) => String(replay.attrs[name]?.value ?? "");
  const options = parseJson(text("options")), streams = parseJson(text("streams"));
  if (typeof options !== "object" || options === null || !Array.isArray(streams)) {
    throw refusal(path, "JSON in attributes options and streams of group replay", "another text");
  }
  return {
    environment: text("environment"),
    options: options as RecordedIn["options"], // whose names and values are checked where it is made
    streams: streams.map(String),
  };
}

/** Undefined if a text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A matrix of the root as float32 rows: what Julia calls `width` × T.
 *
 * @throws {InvalidInputError} If it is not there, of another width or not finite
 */
function requireRows(file: File, name: string, width: number, path: string): Float32Array {
  const found = file.get(name), shape = found instanceof Dataset ? found.shape : null;
  if (!(found instanceof Dataset) || shape?.length !== 2 || shape[1] !== width) {
    const expected = `${name} of shape (T, ${width}), in Julia ${width} × T`;
    throw refusal(path, expected, shape === null ? "none" : `(${shape.join(", ")})`);
  }
  const rows = Float32Array.from<number | bigint>(numbersOf(found), Number);
  const odd = rows.findIndex((value) => !Number.isFinite(value));
  if (odd < 0) return rows;
  throw refusal(path, `finite ${name}`, `${rows[odd]} in row ${Math.floor(odd / width)}`);
}

/** Columns of the state, by the names that datasets have them under. */
function splitStates(states: Float32Array, rows: number): Record<string, Column> {
  let offset = 0;
  return Object.fromEntries(STATE_FIELDS.map(([name, width]) => {
    const data = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      const from = row * STATE_SIZE + offset;
      data.set(states.subarray(from, from + width), row * width);
    }
    offset += width;
    return [name, floats(data, width)];
  }));
}

/** The last state ends the episode: what came of its action is not known. */
function observedTable(
  columns: Readonly<Record<string, Column>>,
  actions: Float32Array,
  rows: number,
): EpisodeTable {
  const step: Record<string, Column> = {
    action: floats(actions.subarray(0, -ACTION_SIZE), ACTION_SIZE),
  };
  const episode: Record<string, Column> = {};
  for (const [name, width] of STATE_FIELDS) {
    const data = columns[name]!.data.subarray(); // of splitStates()
    step[name] = { dtype: "float32", shape: [width], data: data.subarray(0, -width) };
    episode[`final_${name}`] = { dtype: "float32", shape: [width], data: data.subarray(-width) };
  }
  return { lengths: Int32Array.of(rows - 1), step, episode };
}

function floats(data: Float32Array, width: number): Column {
  return { dtype: "float32", shape: [width], data };
}

/** @param rows Of a step column, null if a column is of the episode */
function readGroup(parent: Group, name: string, rows: number | null): Record<string, Column> {
  const group = parent.get(name), columns: Record<string, Column> = {};
  if (!(group instanceof Group)) return columns;
  for (const path of group.paths()) {
    const dataset = group.get(path);
    if (!(dataset instanceof Dataset)) continue;
    const data = numbersOf(dataset), shape = dataset.shape ?? [];
    columns[path] = { dtype: dtypeOf(data), shape: rows === null ? shape : shape.slice(1), data };
  }
  return columns;
}

/** Numbers of a dataset; of a scalar there is one. */
function numbersOf(dataset: Dataset): ColumnData {
  const { value } = dataset;
  if (typeof value === "bigint") return BigInt64Array.of(value);
  if (typeof value !== "number") return value as ColumnData; // what the exporter writes
  switch (dataset.dtype) {
    case "<d":
      return Float64Array.of(value);
    case "<i":
      return Int32Array.of(value);
    case "<B":
      return Uint8Array.of(value);
    default:
      return Float32Array.of(value);
  }
}

function dtypeOf(data: ColumnData): DType {
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof BigInt64Array) return "int64";
  return data instanceof Uint8Array ? "uint8" : "float32";
}

function refusal(path: string, expected: string, found: string): InvalidInputError {
  return new InvalidInputError({
    action: "read trajectory",
    place: path,
    expected,
    found,
    remedy: REMEDY,
  });
}
