import {
  type ColumnData,
  createColumnData,
  type EpisodeTable,
  rowSize,
} from "../../core/episode.ts";
import type { Feature, FeatureType } from "./features.ts";

/** Rows of one episode of a table, by feature. */

/** An episode among the others of the dataset. */
export interface EpisodePlace {
  /** Position within the table, and its first row there. */
  readonly episode: number;
  readonly row: number;
  readonly length: number;
  /** Number in the dataset that is written. */
  readonly index: number;
  /** Number of its first frame in that dataset. */
  readonly frame: number;
  readonly task: number;
  readonly fps: number;
}

/** Tasks of a dataset, and the one of each episode. */
export interface EpisodeTasks {
  readonly texts: readonly string[];
  /** `[episodes]` indices into the texts; null if all have the first. */
  readonly byEpisode: ColumnData | null;
  /** Whether steps have tasks of their own, in the field `task`. */
  readonly byStep: boolean;
}

/** Gives episodes their places in the dataset that is written: those without a step have none. */
export class EpisodePlaces {
  readonly #tasks: EpisodeTasks;
  readonly #fps: number;
  #read = 0;
  #written = 0;
  #frames = 0;

  constructor(tasks: EpisodeTasks, fps: number) {
    this.#tasks = tasks;
    this.#fps = fps;
  }

  /** Episodes that got a place. */
  get written(): number {
    return this.#written;
  }

  /** Their steps. */
  get frames(): number {
    return this.#frames;
  }

  /** The places of the next episodes. */
  next({ lengths }: EpisodeTable): readonly EpisodePlace[] {
    const places: EpisodePlace[] = [];
    let row = 0;
    for (const [episode, length] of lengths.entries()) {
      const task = Number(this.#tasks.byEpisode?.[this.#read++] ?? 0), frame = this.#frames;
      if (length === 0) continue;
      places.push({ episode, row, length, index: this.#written++, frame, task, fps: this.#fps });
      row += length;
      this.#frames += length;
    }
    return places;
  }
}

/** Values of a feature over an episode, flat and row-major. */
export function valuesOf(
  { name, dtype, shape, fields }: Feature,
  table: EpisodeTable,
  place: EpisodePlace,
): ColumnData {
  if (fields.length === 0) return derivedValues(name, table, place);
  const parts = fields.map((field) => {
    const { data } = table.step[field.name]!, size = rowSize(field.shape);
    return { size, data: data.subarray(place.row * size, (place.row + place.length) * size) };
  });
  if (parts.length === 1) return parts[0]!.data;
  const size = rowSize(shape);
  // Only fields of one type lie side by side, and images never.
  const joined = createColumnData(dtype as "float32", place.length * size) as Float32Array;
  let offset = 0;
  for (const part of parts) {
    for (let step = 0; step < place.length; step++) {
      for (let i = 0; i < part.size; i++) {
        joined[step * size + offset + i] = Number(part.data[step * part.size + i]);
      }
    }
    offset += part.size;
  }
  return joined;
}

function derivedValues(name: string, table: EpisodeTable, place: EpisodePlace): ColumnData {
  const { length, index, frame, task, fps, episode } = place;
  const integers = (valueAt: (step: number) => number) =>
    BigInt64Array.from({ length }, (_, step) => BigInt(valueAt(step)));
  const atEnd = (value: number) => {
    const rows = new Uint8Array(length);
    rows[length - 1] = value;
    return rows;
  };
  switch (name) {
    case "timestamp":
      return Float32Array.from({ length }, (_, step) => step / fps);
    case "frame_index":
      return integers((step) => step);
    case "episode_index":
      return integers(() => index);
    case "index":
      return integers((step) => frame + step);
    case "task_index":
      return integers(() => task);
    case "next.done":
      return atEnd(1);
    case "next.success":
      return atEnd(Number(table.episode["success"]!.data[episode]));
  }
  throw new RangeError(`Cannot derive feature "${name}": it follows from nothing`);
}

/**
 * Returns the depth of nested lists in a row of a shape: a single component is not in a list, as in
 * Hugging Face's format.
 */
export function depthOf(shape: readonly number[]): number {
  return shape.length === 1 && shape[0] === 1 ? 0 : shape.length;
}

/** Rows as a Parquet column holds them: values, or arrays in arrays by the shape of a row. */
export function nestRows(
  data: ColumnData,
  { dtype, shape }: { readonly dtype: FeatureType; readonly shape: readonly number[] },
): readonly unknown[] {
  const values = dtype === "bool" ? Array.from(data, Boolean) : Array.from<unknown>(data);
  const sizes = depthOf(shape) === 0 ? [] : shape;
  return sizes.toReversed().reduce<readonly unknown[]>(
    (items, size) =>
      Array.from({ length: items.length / size }, (_, i) => items.slice(i * size, (i + 1) * size)),
    values,
  );
}
