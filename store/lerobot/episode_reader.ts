import { relative } from "node:path";
import {
  type Column,
  type ColumnData,
  createColumnData,
  type FieldSpec,
  rowSize,
  typedData,
} from "../../core/episode.ts";
import type { ImportFaults } from "../imports/fault.ts";
import { decodeImage, ImageError } from "../imports/image_files.ts";
import { EpisodeCursor, type RowPlace } from "./episode_cursor.ts";
import type { ColumnPlan } from "./import_plan.ts";
import { type ParquetRecord, ParquetSource } from "./parquet_read.ts";
import type { LeRobotEpisode } from "./read_episodes.ts";
import type { CameraFrames } from "./video_frames.ts";

/** Episode as it is stored in LeRobot's rows. */
export interface ReadEpisode {
  readonly length: number;
  /** Columns by step field. */
  readonly step: Readonly<Record<string, Column>>;
  /** Values that follow from the rows: `candidate`, `success`, `return`, `task`. */
  readonly episode: Readonly<Record<string, number>>;
}

/** Columns that say more of an episode, where they are there. */
const EPISODE_COLUMNS = ["next.success", "next.reward", "task_index"];

/** Options for reading a dataset's rows. */
export interface RowsOptions {
  /** Directory of the dataset. */
  readonly source: string;
  readonly columns: readonly ColumnPlan[];
  /** Place of each index of the source among the tasks. */
  readonly tasks: ReadonlyMap<number, number>;
  /** Frames by column, for columns whose images are frames of videos. */
  readonly cameras: ReadonlyMap<string, CameraFrames>;
  readonly faults: ImportFaults;
}

/**
 * The episodes of a LeRobot dataset, one after another: memory holds one, and some rows.
 *
 * @param files Of `data`, in order
 * @throws {InvalidInputError} If rows are missing, too many, or not what the dataset says of them
 */
export async function* readEpisodeRows(
  files: readonly string[],
  episodes: readonly LeRobotEpisode[],
  options: RowsOptions,
): AsyncGenerator<ReadEpisode> {
  const { source: directory, columns, faults } = options;
  const inRows = columns.filter(({ images }) => images !== "video");
  const cursor = new EpisodeCursor(directory, episodes, faults);
  let open: OpenEpisode | null = null;
  for (const path of files) {
    using source = await ParquetSource.open(path);
    requireColumns(source, inRows, { path: relative(directory, path), faults });
    const more = EPISODE_COLUMNS.filter((name) => source.columns.includes(name));
    const names = new Set(["episode_index", ...inRows.map(({ column }) => column), ...more]);
    for await (const records of source.read([...names])) {
      for (const record of records) {
        const place = cursor.next(path, record["episode_index"]);
        open ??= new OpenEpisode(place.episode, inRows, options);
        await open.add(record, place);
        if (!place.isLast) continue;
        const { step, ...rest } = open.result();
        yield { ...rest, step: { ...step, ...await readFrames(place.episode, options) } };
        open = null;
      }
    }
  }
  cursor.finish();
}

function requireColumns(
  { columns: found }: ParquetSource,
  columns: readonly ColumnPlan[],
  { path, faults }: { readonly path: string; readonly faults: ImportFaults },
): void {
  const missing = columns.find(({ column }) => !found.includes(column));
  if (missing === undefined) return;
  throw faults.refuse({
    code: "missing_column",
    place: JSON.stringify(path),
    message: `expected column "${missing.column}", found ${found.join(", ")}: leave it out by ` +
      `--skip ${missing.column}`,
  });
}

/** Images of an episode that are frames of videos, by step field. */
async function readFrames(
  { videos, length }: LeRobotEpisode,
  { columns, cameras }: RowsOptions,
): Promise<Readonly<Record<string, Column>>> {
  const images: Record<string, Column> = {};
  for (const { column, fields: [field] } of columns) {
    const camera = cameras.get(column), place = videos[column];
    if (camera === undefined || place === undefined || field === undefined) continue;
    const { name, dtype, shape } = field;
    images[name] = { dtype, shape, data: await camera.read(place, length) };
  }
  return images;
}

/** An episode of which rows come. */
class OpenEpisode {
  readonly #columns: readonly ColumnPlan[];
  readonly #options: RowsOptions;
  readonly #length: number;
  readonly #step: Readonly<Record<string, Column>>;
  readonly #episode: { candidate: number; success: number; return: number; task: number };

  constructor(
    { index, length }: LeRobotEpisode,
    columns: readonly ColumnPlan[],
    options: RowsOptions,
  ) {
    this.#columns = columns;
    this.#options = options;
    this.#length = length;
    this.#step = Object.fromEntries(
      columns.flatMap(({ fields }) => fields).map(({ name, dtype, shape }) => [
        name,
        { dtype, shape, data: createColumnData(dtype, length * rowSize(shape)) },
      ]),
    );
    this.#episode = { candidate: index, success: 0, return: 0, task: 0 };
  }

  async add(record: ParquetRecord, { step }: RowPlace): Promise<void> {
    for (const plan of this.#columns) {
      const { column, fields, images } = plan;
      if (images === "png") {
        await this.#addImage(plan, record, step);
        continue;
      }
      const values = flatten(record[column]);
      const size = fields.reduce((sum, { shape }) => sum + rowSize(shape), 0);
      if (values.length !== size) {
        const wrong = { expected: `${size} values`, found: values.length };
        throw this.#options.faults.refuse(this.#fault("shape_mismatch", { column, step }, wrong));
      }
      let start = 0;
      for (const { name, shape } of fields) {
        const size = rowSize(shape), { data } = this.#step[name]!;
        for (let i = 0; i < size; i++) {
          this.#assign(data, step * size + i, { value: values[start + i], plan, step });
        }
        start += size;
      }
    }
    const { tasks } = this.#options, episode = this.#episode;
    if (step === 0) episode.task = tasks.get(Number(record["task_index"] ?? 0)) ?? 0;
    episode.success = Math.max(episode.success, Number(record["next.success"] ?? 0));
    episode.return += Number(record["next.reward"] ?? 0);
  }

  #assign(
    data: ColumnData,
    at: number,
    { value, plan: { column, places }, step }: {
      readonly value: unknown;
      readonly plan: ColumnPlan;
      readonly step: number;
    },
  ): void {
    const isNumber = typeof value === "number" || typeof value === "bigint";
    if (!isNumber && typeof value !== "boolean") {
      const found = value === null || value === undefined ? "none" : `a ${typeof value}`;
      const wrong = { expected: "a number", found };
      this.#options.faults.report(this.#fault("not_a_number", { column, step }, wrong));
      return;
    }
    // Where the numbers of texts have gaps; the fault of unknown ones is told before.
    const placed = places === undefined ? value : places.get(Number(value)) ?? 0;
    if (setNumber(data, at, placed)) return;
    const wrong = { expected: "a number that its type can hold", found: value };
    this.#options.faults.report(this.#fault("out_of_range", { column, step }, wrong));
  }

  async #addImage(
    { column, fields: [field] }: ColumnPlan,
    record: ParquetRecord,
    step: number,
  ): Promise<void> {
    const { name, shape } = field!, [height, width] = shape as [number, number];
    const { bytes } = (record[column] ?? {}) as { readonly bytes?: unknown }; // Hugging Face's record
    const data = typedData(this.#step[name]!.data, Uint8Array);
    const { faults } = this.#options;
    if (!(bytes instanceof Uint8Array)) {
      const found = "none: it may lie beside the rows, where it is not read";
      const wrong = { expected: "an image file in the row", found };
      faults.report(this.#fault("missing_image", { column, step }, wrong));
      return;
    }
    try {
      data.set(await decodeImage(bytes, { height, width }), step * rowSize(shape));
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      faults.report(this.#fault("bad_image", { column, step }, error));
    }
  }

  /** A fault of a value. @param at Where it is */
  #fault(
    code: string,
    { column, step }: { readonly column: string; readonly step: number },
    { expected, found }: { readonly expected: string; readonly found: unknown },
  ) {
    return {
      code,
      severity: "error",
      place: `episode ${this.#episode.candidate}, step ${step}, column "${column}"`,
      message:
        `expected ${expected}, found ${found}: repair the value, or skip the column with --skip`,
    } as const;
  }

  result(): ReadEpisode {
    return { length: this.#length, step: this.#step, episode: this.#episode };
  }
}

/** One row of a field as a column. @param value A scalar, or lists in lists */
export function columnOfRow({ dtype, shape }: FieldSpec, value: unknown): Column {
  const data = createColumnData(dtype, rowSize(shape));
  flatten(value).forEach((scalar, i) => setNumber(data, i, scalar));
  return { dtype, shape, data };
}

function flatten(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.flat(Infinity) : [value];
}

/** Sets a number, or 0 if the type cannot hold it. @returns Whether it can; floats are rounded */
function setNumber(data: ColumnData, at: number, value: unknown): boolean {
  const number = Number(value);
  if (data instanceof Float32Array || data instanceof Float64Array) {
    data[at] = number;
    return true;
  }
  if (data instanceof BigInt64Array) {
    const exact = typeof value === "bigint"
      ? value
      : Number.isInteger(number)
      ? BigInt(number)
      : null;
    data[at] = exact ?? 0n;
    return exact !== null && data[at] === exact;
  }
  data[at] = number;
  return data[at] === number;
}
