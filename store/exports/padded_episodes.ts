import { type ColumnData, type DType, type FieldSpec, rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { missingMovement } from "./movement_columns.ts";

/** Episodes as arrays of one length, padded by zeros, with masks that say what is there. */

/** One array over all episodes. */
export interface PaddedArray {
  readonly name: string;
  readonly dtype: DType;
  /** Shape of one episode. */
  readonly shape: readonly number[];
  /** Names of the numbers of a row; empty for masks and times. */
  readonly components: readonly string[];
  /** Rows of an episode that are there, of `shape[0]`; 1 if it has one row. */
  rowsOf(episode: number): number;
  /** `[end − first, ...shape]` */
  read(first: number, end: number): Promise<ColumnData>;
}

/**
 * The arrays of a dataset of transitions: T steps between T + 1 states, T that of the longest episode.
 *
 *     observations [N, T + 1, O] f32   observation_mask [N, T + 1] bool   state_times [N, T + 1] f32
 *     actions      [N, T, A] f32       action_mask      [N, T] bool       action_times [N, T] f32
 *     rewards      [N, T] f32          conditions       [N, C] f32
 *
 * Times are s since the start. A condition is the movement of an episode, in the order of
 * `asVector()`; C is 0 if episodes are no movements.
 *
 * @throws {InvalidInputError} If the episodes have no observation of floating-point numbers
 */
export async function padEpisodes(dataset: Dataset): Promise<readonly PaddedArray[]> {
  const { schema } = dataset, extent = extentOf(dataset);
  const observations = observationFields(dataset);
  const field = (wanted: string) => schema.step.filter(({ name }) => name === wanted);
  const states = { ...extent, rows: extent.longest + 1, extra: 1 };
  const steps = { ...extent, rows: extent.longest, extra: 0 };
  const finals = new Map<string, ColumnData>();
  for (const { name } of observations) {
    finals.set(name, (await dataset.readEpisodes(`final_${name}`)).data);
  }
  const rewards = padRows("rewards", dataset, { ...steps, fields: field("reward") });
  return [
    padRows("observations", dataset, { ...states, fields: observations, finals }),
    padMask("observation_mask", states),
    padTimes("state_times", states, schema.controlHz),
    padRows("actions", dataset, { ...steps, fields: field("action") }),
    padMask("action_mask", steps),
    padTimes("action_times", steps, schema.controlHz),
    { ...rewards, shape: [extent.longest] },
    await readConditions(dataset),
  ];
}

/** Rows of episodes in the dataset. */
interface Extent {
  readonly longest: number;
  startOf(episode: number): number;
  lengthOf(episode: number): number;
}

/** Rows of an array: a number for each episode, with `extra` rows beyond its steps. */
interface RowLayout extends Extent {
  readonly rows: number;
  readonly extra: number;
}

function extentOf({ episodeEnds }: Dataset): Extent {
  const startOf = (episode: number) => episode === 0 ? 0 : episodeEnds[episode - 1]!;
  const lengthOf = (episode: number) => episodeEnds[episode]! - startOf(episode);
  const longest = episodeEnds.reduce((most, _, episode) => Math.max(most, lengthOf(episode)), 0);
  return { longest, startOf, lengthOf };
}

function observationFields({ schema }: Dataset): readonly FieldSpec[] {
  const fields = schema.step.filter(({ name, dtype }) =>
    name.startsWith("observation/") && dtype.startsWith("float") &&
    schema.episode.some((field) => field.name === `final_${name}`)
  );
  if (fields.length > 0) return fields;
  throw new InvalidInputError({
    action: "export to",
    place: "transitions",
    expected: "observations of floating-point numbers",
    found: `none in episodes of "${schema.environment}"`,
    remedy: "export to another format",
  });
}

/** Sources of an array's columns. */
interface Columns extends RowLayout {
  /** Side by side in a row. */
  readonly fields: readonly FieldSpec[];
  /** Rows after the last step, `[N, ...]` by field. */
  readonly finals?: ReadonlyMap<string, ColumnData>;
}

function padRows(name: string, dataset: Dataset, columns: Columns): PaddedArray {
  const { fields, finals, rows, extra, startOf, lengthOf } = columns;
  const width = fields.reduce((sum, { shape }) => sum + rowSize(shape), 0);
  return {
    name,
    dtype: "float32",
    shape: [rows, width],
    components: fields.flatMap(componentsOf),
    rowsOf: (episode) => lengthOf(episode) + extra,
    async read(first, end) {
      const data = new Float32Array((end - first) * rows * width);
      const start = startOf(first), past = startOf(end - 1) + lengthOf(end - 1);
      let column = 0;
      for (const { name, shape } of fields) {
        const size = rowSize(shape), target = { data, width, column, size };
        const steps = await dataset.readSteps(name, start, past);
        for (let episode = first; episode < end; episode++) {
          const row = (episode - first) * rows, length = lengthOf(episode);
          copyRows(target, row, {
            data: steps.data,
            first: startOf(episode) - start,
            count: length,
          });
          const final = finals?.get(name);
          if (final === undefined) continue;
          copyRows(target, row + length, { data: final, first: episode, count: 1 });
        }
        column += size;
      }
      return data;
    },
  };
}

/** Columns [column, column + size) of rows of a given width. */
interface TargetColumns {
  readonly data: Float32Array;
  readonly width: number;
  readonly column: number;
  readonly size: number;
}

/** Copies rows `[count, size]` of a field to the rows from `row` on. */
function copyRows(
  { data, width, column, size }: TargetColumns,
  row: number,
  from: { readonly data: ColumnData; readonly first: number; readonly count: number },
): void {
  for (let i = 0; i < from.count; i++) {
    for (let j = 0; j < size; j++) {
      data[(row + i) * width + column + j] = Number(from.data[(from.first + i) * size + j]);
    }
  }
}

/** `observation/agent_pos` with components x, y as `agent_pos_x`, `agent_pos_y`. */
function componentsOf({ name, shape, components }: FieldSpec): readonly string[] {
  const stem = name.replace(/^observation\//, ""), size = rowSize(shape);
  if (size === 1) return [stem];
  return Array.from({ length: size }, (_, i) => `${stem}_${components?.[i] ?? i}`);
}

function padMask(name: string, { rows, extra, lengthOf }: RowLayout): PaddedArray {
  return {
    name,
    dtype: "bool",
    shape: [rows],
    components: [],
    rowsOf: (episode) => lengthOf(episode) + extra,
    read(first, end) {
      const data = new Uint8Array((end - first) * rows);
      for (let episode = first; episode < end; episode++) {
        const start = (episode - first) * rows;
        data.fill(1, start, start + lengthOf(episode) + extra);
      }
      return Promise.resolve(data);
    },
  };
}

function padTimes(name: string, layout: RowLayout, controlHz: number): PaddedArray {
  const { rows, extra, lengthOf } = layout;
  return {
    ...padMask(name, layout),
    dtype: "float32",
    read(first, end) {
      const data = new Float32Array((end - first) * rows);
      for (let episode = first; episode < end; episode++) {
        const start = (episode - first) * rows;
        for (let t = 0; t < lengthOf(episode) + extra; t++) data[start + t] = t / controlHz;
      }
      return Promise.resolve(data);
    },
  };
}

/** The movement of every episode as one row: duration, start, goal, weights, stiffness, damping. */
async function readConditions(dataset: Dataset): Promise<PaddedArray> {
  const movement = missingMovement(dataset).length === 0;
  const columns: { readonly names: readonly string[]; readonly data: readonly number[] }[] = [];
  for (const [name, isPosition] of movement ? CONDITIONS : []) {
    const { data, shape } = await dataset.readEpisodes(name);
    const stem = name.replace(/^dmp\/|_pixels$/g, ""), size = rowSize(shape);
    columns.push({
      names: size === 1 ? [stem] : Array.from({ length: size }, (_, i) => `${stem}_${i}`),
      data: Array.from<number | bigint, number>(data, Number).map(
        isPosition ? workspaceOf(dataset) : Number,
      ),
    });
  }
  const components = columns.flatMap(({ names }) => names), width = components.length;
  return {
    name: "conditions",
    dtype: "float32",
    shape: [width],
    components,
    rowsOf: () => 1,
    read(first, end) {
      const rows = Array.from(
        { length: end - first },
        (_, row) =>
          columns.flatMap(({ names: { length }, data }) =>
            data.slice((first + row) * length, (first + row + 1) * length)
          ),
      );
      return Promise.resolve(Float32Array.from(rows.flat()));
    },
  };
}

/** Fields of a condition in their order, and whether they are positions in px. */
const CONDITIONS = [
  ["dmp/duration", false],
  ["dmp/start_pixels", true],
  ["dmp/goal_pixels", true],
  ["dmp/weights", false],
  ["dmp/stiffness", false],
  ["dmp/damping", false],
] as const;

/** Scale from px to the workspace of movements, in which the range of goals is [−1, 1]. */
function workspaceOf({ schema }: Dataset): (pixels: number) => number {
  const goal = schema.episode.find(({ name }) => name === "dmp/goal_pixels");
  const low = goal?.low?.[0] ?? -1, high = goal?.high?.[0] ?? 1;
  return (pixels) => 2 * (pixels - low) / (high - low) - 1;
}
