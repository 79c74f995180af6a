import { decode } from "fast-png";
import {
  type Column,
  type ColumnData,
  createColumnData,
  type FieldSpec,
  rowSize,
} from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { ColumnPlan } from "./import_plan.ts";
import { type ParquetRecord, ParquetSource } from "./parquet_read.ts";
import type { LeRobotEpisode } from "./read_metadata.ts";
import type { CameraFrames } from "./video_frames.ts";

/** One episode as it lies in LeRobot's rows. */
export interface ReadEpisode {
  readonly length: number;
  /** By step field. */
  readonly step: Readonly<Record<string, Column>>;
  /** What follows from the rows: `candidate`, `success`, `return`, `task`. */
  readonly episode: Readonly<Record<string, number>>;
}

/** Columns that say more of an episode, where they are there. */
const EPISODE_COLUMNS = ["next.success", "next.reward", "task_index"];

/** What a dataset's rows are read with. */
export interface RowsOptions {
  readonly columns: readonly ColumnPlan[];
  /** By column whose pictures are frames of videos. */
  readonly cameras: ReadonlyMap<string, CameraFrames>;
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
  { columns, cameras }: RowsOptions,
): AsyncGenerator<ReadEpisode> {
  const inRows = columns.filter(({ pictures }) => pictures !== "video");
  let at = 0;
  let open: OpenEpisode | null = null;
  for (const path of files) {
    using source = await ParquetSource.open(path);
    const more = EPISODE_COLUMNS.filter((name) => source.columns.includes(name));
    const names = new Set(["episode_index", ...inRows.map(({ column }) => column), ...more]);
    for await (const records of source.read([...names])) {
      for (const record of records) {
        const expected = episodes[at];
        if (expected === undefined || Number(record["episode_index"]) !== expected.index) {
          throw new InvalidInputError(
            `Cannot read "${path}": expected a row of episode ${
              expected?.index ?? "none"
            }, found ` +
              `one of ${record["episode_index"]}: copy the dataset again`,
          );
        }
        open ??= new OpenEpisode(path, expected, inRows);
        open.add(record);
        if (!open.isWhole) continue;
        const { step, ...rest } = open.result();
        yield { ...rest, step: { ...step, ...await readFrames(expected, { columns, cameras }) } };
        open = null;
        at++;
      }
    }
  }
  if (at === episodes.length) return;
  throw new InvalidInputError(
    `Cannot read "${
      files.at(-1)
    }": expected ${episodes.length} whole episodes, found ${at}: copy ` +
      "the dataset again",
  );
}

/** Pictures of an episode that are frames of videos, by step field. */
async function readFrames(
  { videos, length }: LeRobotEpisode,
  { columns, cameras }: RowsOptions,
): Promise<Readonly<Record<string, Column>>> {
  const pictures: Record<string, Column> = {};
  for (const { column, fields: [field] } of columns) {
    const camera = cameras.get(column), place = videos[column];
    if (camera === undefined || place === undefined || field === undefined) continue;
    const { name, dtype, shape } = field;
    pictures[name] = { dtype, shape, data: await camera.read(place, length) };
  }
  return pictures;
}

/** An episode of which rows come. */
class OpenEpisode {
  readonly #path: string;
  readonly #columns: readonly ColumnPlan[];
  readonly #length: number;
  readonly #step: Readonly<Record<string, Column>>;
  readonly #episode: { candidate: number; success: number; return: number; task: number };
  #rows = 0;

  constructor(path: string, { index, length }: LeRobotEpisode, columns: readonly ColumnPlan[]) {
    this.#path = path;
    this.#columns = columns;
    this.#length = length;
    this.#step = Object.fromEntries(
      columns.flatMap(({ fields }) => fields).map(({ name, dtype, shape }) => [
        name,
        { dtype, shape, data: createColumnData(dtype, length * rowSize(shape)) },
      ]),
    );
    this.#episode = { candidate: index, success: 0, return: 0, task: 0 };
  }

  get isWhole(): boolean {
    return this.#rows === this.#length;
  }

  add(record: ParquetRecord): void {
    for (const { column, fields, pictures } of this.#columns) {
      const values = pictures === "png" ? this.#pixels(column, record) : flatten(record[column]);
      let start = 0;
      for (const { name, shape } of fields) {
        const size = rowSize(shape);
        this.#fill(column, { name, size }, values.slice(start, start + size));
        start += size;
      }
      if (values.length !== start) throw this.#refuse(column, `${start} values`, values.length);
    }
    const episode = this.#episode;
    if (this.#rows === 0) episode.task = Number(record["task_index"] ?? 0);
    episode.success = Math.max(episode.success, Number(record["next.success"] ?? 0));
    episode.return += Number(record["next.reward"] ?? 0);
    this.#rows++;
  }

  #fill(
    column: string,
    { name, size }: { readonly name: string; readonly size: number },
    values: ArrayLike<unknown>,
  ): void {
    const { data } = this.#step[name]!;
    for (let i = 0; i < values.length; i++) {
      if (values[i] === null || values[i] === undefined) {
        throw this.#refuse(column, "a value", "none");
      }
      assign(data, this.#rows * size + i, values[i]);
    }
  }

  /** The pixels of a PNG file, without its alpha. */
  #pixels(column: string, record: ParquetRecord): Uint8Array {
    const { bytes } = (record[column] ?? {}) as { readonly bytes?: unknown }; // Hugging Face's record
    if (!(bytes instanceof Uint8Array)) {
      throw this.#refuse(
        column,
        "a PNG file in each row",
        "none: the dataset names files beside it",
      );
    }
    const { data, channels } = decode(bytes);
    if (channels === 3) return Uint8Array.from(data);
    if (channels !== 4) throw this.#refuse(column, "RGB", `${channels} channels`);
    return Uint8Array.from(data).filter((_, i) => i % 4 !== 3);
  }

  #refuse(column: string, expected: string, found: unknown): InvalidInputError {
    return new InvalidInputError(
      `Cannot read column "${column}" of "${this.#path}", episode ${this.#episode.candidate}: expected ` +
        `${expected}, found ${found}: copy the dataset again`,
    );
  }

  result(): ReadEpisode {
    return { length: this.#length, step: this.#step, episode: this.#episode };
  }
}

/** One row of a field as a column. @param value A scalar, or lists in lists */
export function columnOfRow({ dtype, shape }: FieldSpec, value: unknown): Column {
  const data = createColumnData(dtype, rowSize(shape));
  flatten(value).forEach((scalar, i) => assign(data, i, scalar));
  return { dtype, shape, data };
}

function flatten(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.flat(Infinity) : [value];
}

function assign(data: ColumnData, index: number, value: unknown): void {
  if (data instanceof BigInt64Array) data[index] = BigInt(value as bigint); // numbers of 64 bits are
  else data[index] = Number(value);
}
