import * as fs from "node:fs";
import { join } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import {
  type Column,
  type ColumnData,
  type EpisodeTable,
  rowSize,
  typedData,
} from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { batchesOf } from "../episodes/episode_batches.ts";
import { type ExportControl, registerExporter } from "./exporters.ts";
import { missingMovement } from "./movement_columns.ts";
import { encodeNpz } from "./npz.ts";

/**
 * Random movements in the layout of `generate_random_dmp_dataset.py`: `index.jsonl` with one line a
 * trajectory, and for each `samples/<000000>.npz` (act, rew, done, phase, time) and
 * `samples/<000000>.json` (reset_info, step_infos).
 */

registerExporter({
  name: "npz",
  description: "a directory: index.jsonl, and for each movement samples/<000000>.npz and .json",
  extension: null,
  write: writeSamples,
});

async function writeSamples(
  dataset: Dataset,
  directory: string,
  { signal, onProgress }: ExportControl,
): Promise<void> {
  requireMovements(dataset);
  fs.mkdirSync(join(directory, "samples"));
  const index = fs.openSync(join(directory, "index.jsonl"), "wx");
  try {
    for await (const { table, first, end } of batchesOf(dataset, signal)) {
      const lines = viewSamples(table).map((sample, at) =>
        writeSample(directory, first + at, sample)
      );
      fs.writeSync(index, lines.join(""));
      onProgress?.({ episodes: end, total: dataset.episodes });
    }
  } finally {
    fs.closeSync(index);
  }
}

function requireMovements(dataset: Dataset): void {
  const [missing] = missingMovement(dataset);
  if (missing === undefined) return;
  throw new InvalidInputError({
    action: "export to",
    place: "npz",
    expected: "movements, as policy dmp of push-t makes them",
    found: `episodes of "${dataset.schema.environment}" without "${missing}"`,
    remedy: "export to another format",
  });
}

/** One trajectory: its rows of every column. */
interface Sample {
  readonly length: number;
  /** `[T, ...]` of a step field. */
  step(name: string): Column;
  /** The row of an episode field. */
  episode(name: string): Column;
  /** Names of the simulator's infos, without prefix. */
  readonly infos: readonly string[];
  /** Seed of the stage that generated it, null if the dataset does not say. */
  readonly seed: number | null;
}

function viewSamples({ lengths, step, episode }: EpisodeTable): readonly Sample[] {
  const infos = Object.keys(step).filter((name) => name.startsWith("info/"))
    .map((name) => name.slice("info/".length));
  let start = 0;
  return Array.from(lengths, (length, index) => {
    const first = start;
    start += length;
    return {
      length,
      infos,
      seed: episode["seed"] === undefined ? null : Number(episode["seed"].data[index]),
      step: (name) => rowsOf(step[name]!, first, length),
      episode: (name) => rowsOf(episode[name]!, index, 1),
    };
  });
}

function rowsOf({ dtype, shape, data }: Column, first: number, count: number): Column {
  const size = rowSize(shape);
  return { dtype, shape, data: data.subarray(first * size, (first + count) * size) };
}

/** Writes the files of a trajectory. @returns Its line of the index */
function writeSample(directory: string, id: number, sample: Sample): string {
  const name = `samples/${String(id).padStart(6, "0")}`;
  const path = `${name}.npz`, infoPath = `${name}.json`;
  fs.writeFileSync(join(directory, path), encodeNpz(arraysOf(sample)));
  fs.writeFileSync(join(directory, infoPath), JSON.stringify(infosOf(sample)));
  return JSON.stringify({ id, path, info_path: infoPath, ...metadataOf(sample) }) + "\n";
}

/** Whether the simulator ended the trajectory, by success or by a limit below the movement's end. */
function endOf(sample: Sample): { readonly terminated: boolean; readonly truncated: boolean } {
  const flag = (name: string) => sample.episode(name).data[0] === 1;
  // Here an episode is cut where its movement is over; gym-pusht is only left alone there.
  const whole = sample.length >= Number(sample.episode("planned_steps").data[0]);
  return { terminated: flag("terminated"), truncated: flag("truncated") && !whole };
}

function arraysOf(sample: Sample): Readonly<Record<string, Column>> {
  const { length } = sample, { terminated, truncated } = endOf(sample);
  const done = new Uint8Array(length);
  if (length > 0 && (terminated || truncated)) done[length - 1] = 1;
  const action = sample.step("action"), reward = sample.step("reward");
  return {
    act: { ...action, shape: [length, ...action.shape] },
    rew: { ...reward, shape: [length] },
    done: { dtype: "bool", shape: [length], data: done },
    phase: atStates(sample, "phase"),
    time: atStates(sample, "time"),
  };
}

/** Returns a field at all states, `[T + 1]`: before each step and after the last. */
function atStates(sample: Sample, name: string): Column {
  const data = new Float32Array(sample.length + 1);
  data.set(typedData(sample.step(name).data, Float32Array));
  data[sample.length] = Number(sample.episode(`final_${name}`).data[0]);
  return { dtype: "float32", shape: [data.length], data };
}

function infosOf(sample: Sample): JsonValue {
  const { infos, length } = sample;
  const steps = infos.map((name) => [name, sample.step(`info/${name}`)] as const);
  return {
    reset_info: Object.fromEntries(
      infos.map((name) => [name, valueOf(sample.episode(`reset_info/${name}`))]),
    ),
    step_infos: Array.from(
      { length },
      (_, t) =>
        Object.fromEntries(steps.map(([name, column]) => [name, valueOf(rowsOf(column, t, 1))])),
    ),
  };
}

/** Returns the fields by which people filter. */
function metadataOf(sample: Sample): Readonly<Record<string, JsonValue>> {
  const value = (name: string) => valueOf(sample.episode(name));
  const weights = sample.episode("dmp/weights"), [axes = 0, basis = 0] = weights.shape;
  return {
    len: sample.length,
    success: value("success"),
    seed: sample.seed,
    duration: value("dmp/duration"),
    stiffness: value("dmp/stiffness"),
    damping: value("dmp/damping"),
    ...endOf(sample),
    dmp_dt: value("dmp/dt"),
    dmp_alpha_s: value("dmp/alpha_s"),
    dmp_n_basis: basis,
    scale_forcing_by_goal_delta: value("dmp/scale_forcing"),
    start_pixels: value("dmp/start_pixels"),
    goal_pixels: value("dmp/goal_pixels"),
    goal_pose: value("reset_info/goal_pose"),
    weights: Array.from(
      { length: axes },
      (_, axis) => numbers(weights.data.subarray(axis * basis, (axis + 1) * basis)),
    ),
  };
}

/** The row of a column as JSON: a scalar, or a list of its numbers. */
function valueOf({ dtype, shape, data }: Column): JsonValue {
  if (shape.length > 0) return numbers(data);
  return dtype === "bool" ? data[0] === 1 : Number(data[0]);
}

function numbers(data: ColumnData): number[] {
  return Array.from<number | bigint, number>(data, Number);
}
