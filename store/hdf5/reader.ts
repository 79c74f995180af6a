import type { Dataset, Group } from "h5wasm";
import type { ColumnData, DType } from "../../core/episode.ts";
import { createColumnData } from "../../core/episode.ts";
import type { ImportFaults } from "../imports/fault.ts";
import { convertInto, type DatasetInfo, DTYPES, nameOfType } from "./elements.ts";
import { firstReason, openSandboxed, type SandboxedFile } from "./sandbox.ts";

/** Objects below an episode, at most, and groups within groups. */
const MAX_OBJECTS = 2000, MAX_DEPTH = 16;

/** Bytes that the library unpacks at once, which it holds in its own memory. */
const MAX_CHUNK_BYTES = 2 ** 28;

/** Bytes of one read, likewise. */
const READ_BYTES = 2 ** 26;

/** Bytes of a text that is read, e.g. a description of an environment in JSON. */
const MAX_TEXT_BYTES = 2 ** 24;

/** Bytes that unpack from one of a file at most: deflate's limit, and room for empty parts. */
const MOST_UNPACKED = 2000;

/** Filters that the library has: gzip, shuffle, checksums, n-bit, scale and offset. */
const FILTERS = [1, 2, 3, 5, 6];

/**
 * An HDF5 file of others. What it claims is checked before anything is reserved for it, and links
 * are followed nowhere.
 */
export class Hdf5Reader implements Disposable {
  readonly #open: SandboxedFile;
  /** Name of the file in messages. */
  readonly #name: string;
  readonly #faults: ImportFaults;

  /**
   * Reads an open file, which it closes.
   *
   * @param name As faults name it
   */
  constructor(open: SandboxedFile, name: string, faults: ImportFaults) {
    this.#open = open;
    this.#name = name;
    this.#faults = faults;
  }

  /**
   * Opens a file.
   *
   * @param name As faults name it
   * @throws {ImportError} If it cannot be read
   */
  static async open(path: string, name: string, faults: ImportFaults): Promise<Hdf5Reader> {
    try {
      return new Hdf5Reader(await openSandboxed(path), name, faults);
    } catch (error) {
      throw faults.refuse({
        code: "unreadable",
        place: name,
        message: `expected an HDF5 file, found ${firstReason(error)}: copy it again`,
      });
    }
  }

  [Symbol.dispose](): void {
    this.#open[Symbol.dispose]();
  }

  /** Names in a group, in natural order: `demo_2` before `demo_10`. None if there is no group. */
  names(group: string): readonly string[] {
    if (this.#kindOf(group) !== "group") return [];
    return this.#attempt(group, () => this.#group(group).keys())
      .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  }

  /** Whether a path is a group of the file. */
  isGroup(path: string): boolean {
    return this.#kindOf(path) === "group";
  }

  /** Whether a path is a dataset of the file. */
  isDataset(path: string): boolean {
    return this.#kindOf(path) === "dataset";
  }

  /**
   * The datasets in and below a group.
   *
   * @throws {ImportError} If there are too many, or links, or data that lie elsewhere
   */
  datasets(group: string): readonly DatasetInfo[] {
    const found: DatasetInfo[] = [];
    let objects = 0;
    const visit = (path: string, depth: number): void => {
      for (const name of this.names(path)) {
        if (++objects > MAX_OBJECTS || depth > MAX_DEPTH) {
          throw this.#refuse(
            "too_many_objects",
            group,
            `expected at most ${MAX_OBJECTS} objects, ${MAX_DEPTH} deep, found more: ` +
              "write the episode flat",
          );
        }
        const child = path === "/" ? `/${name}` : `${path}/${name}`;
        if (this.#kindOf(child) === "group") visit(child, depth + 1);
        else if (this.#kindOf(child) === "dataset") found.push(this.info(child));
      }
    };
    visit(group, 1);
    return found;
  }

  /**
   * Reads the description of a dataset.
   *
   * @throws {ImportError} If its data lie elsewhere, cannot be unpacked, or are more than can be
   */
  info(path: string): DatasetInfo {
    const dataset = this.#dataset(path);
    const metadata = this.#attempt(path, () => dataset.metadata);
    this.#requireReadable(path, dataset, metadata);
    const { shape, size, type } = metadata, named = nameOfType(metadata);
    return {
      path,
      shape: shape ?? [0],
      size,
      dtype: type <= 1 || type === 8 ? DTYPES[named] ?? null : null,
      type: named,
    };
  }

  /** @throws {ImportError} If data lie elsewhere, cannot be unpacked, or are more than can be */
  #requireReadable(path: string, dataset: Dataset, metadata: Dataset["metadata"]): void {
    const { shape, size, chunks, virtual_sources: sources } = metadata;
    if (sources !== undefined) {
      throw this.#refuse(
        "data_elsewhere",
        path,
        `expected its data in the file, found a view of "${sources[0]?.file_name}": copy it into ` +
          "one file",
      );
    }
    const bytes = (sides: readonly number[]) =>
      sides.reduce((product, side) => product * side, size);
    const most = MOST_UNPACKED * this.#open.size;
    if (shape !== null && bytes(shape) > most) {
      throw this.#refuse(
        "too_large",
        path,
        `expected at most ${most} bytes in a file of ${this.#open.size}, found ${bytes(shape)} ` +
          "declared: copy it again",
      );
    }
    if (chunks !== null && bytes(chunks) > MAX_CHUNK_BYTES) {
      throw this.#refuse(
        "too_large",
        path,
        `expected chunks of at most ${MAX_CHUNK_BYTES} bytes, found ${
          bytes(chunks)
        }: write it in ` +
          "smaller ones",
      );
    }
    const filter = this.#attempt(path, () => dataset.filters).find(({ id }) =>
      !FILTERS.includes(id)
    );
    if (filter !== undefined) {
      throw this.#refuse(
        "filter",
        path,
        `expected gzip or no compression, found ${filter.name || filter.id}: repack it by h5repack`,
      );
    }
  }

  /**
   * Rows [start, end) of a dataset of numbers.
   *
   * @param dtype What they become
   * @throws {ImportError} If they cannot be read
   */
  rows(info: DatasetInfo, dtype: DType, [start, end]: readonly [number, number]): ColumnData {
    const { path, shape: [, ...row], size } = info;
    const width = row.reduce((product, side) => product * side, 1);
    const data = createColumnData(dtype, (end - start) * width);
    const block = Math.max(1, Math.floor(READ_BYTES / Math.max(1, width * size)));
    const dataset = this.#dataset(path);
    for (let from = start; from < end; from += block) {
      const to = Math.min(end, from + block);
      const values = this.#attempt(path, () => this.#slice(dataset, info, [from, to]));
      convertInto(data, values, (from - start) * width);
    }
    return data;
  }

  /** Numbers of some rows as the file has them. */
  #slice(
    dataset: Dataset,
    { type, shape, first = 0 }: DatasetInfo,
    rows: [number, number],
  ): ArrayLike<number | bigint> {
    if (type === "float16") throw new TypeError("float16"); // info() gives it no dtype
    const sides = shape.slice(1).map((side): [number, number] => [first, first + side]);
    return dataset.slice([rows, ...sides]) as ArrayLike<number | bigint>; // of numbers, by its type
  }

  /** A text that an attribute holds, or null. @throws {ImportError} If it is too long */
  text(path: string, name: string): string | null {
    const value = this.#attribute(path, name);
    return typeof value === "string" ? value : null;
  }

  /** A number that an attribute holds, or null. */
  number(path: string, name: string): number | null {
    const value = this.#attribute(path, name);
    return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
      ? Number(value)
      : null;
  }

  #attribute(path: string, name: string): unknown {
    return this.#attempt(path, () => {
      const group = this.#group(path);
      if (!Object.hasOwn(group.attrs, name)) return null;
      const { shape, size, total_size } = group.attrs[name]!.metadata;
      if (shape === null || total_size !== 1 || size > MAX_TEXT_BYTES) return null;
      return group.get_attribute(name, true);
    });
  }

  /** The texts of a dataset; none if it has others, or too many. */
  texts(path: string): readonly string[] {
    const { shape, type, size } = this.info(path);
    const count = shape.reduce((product, side) => product * side, 1);
    if (type !== "string" || count * size > MAX_TEXT_BYTES) return [];
    const value = this.#attempt(path, () => this.#dataset(path).value);
    return Array.isArray(value) ? value.map(String) : [String(value)];
  }

  /** Opens a path that {@linkcode #kindOf} identifies as a group. */
  #group(path: string): Group {
    return this.#open.file.get(path) as Group; // by its kind
  }

  /** Opens a path that {@linkcode #kindOf} identifies as a dataset. */
  #dataset(path: string): Dataset {
    return this.#open.file.get(path) as Dataset; // by its kind
  }

  /** @throws {ImportError} If it is a link, or cannot be opened */
  #kindOf(path: string): "group" | "dataset" | "other" {
    const { file } = this.#open;
    const { type, target } = this.#attempt(
      path,
      () =>
        path === "/" ? { type: 0, target: null } : {
          target: file.get_link(path) as string | null, // null of what is no soft link
          type: file.get_type(path),
        },
    );
    if (target !== null || type === 4) {
      const found = type === 4 ? `"${file.get_external_link(path).filename}"` : `"${target}"`;
      throw this.#refuse(
        "link",
        path,
        `expected data in the file, found a link to ${found}: copy it with its links resolved`,
      );
    }
    return type === 0 ? "group" : type === 1 ? "dataset" : "other";
  }

  /** Calls the library, and converts its faults to those of the import. */
  #attempt<Value>(path: string, read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      throw this.#refuse(
        "unreadable",
        path,
        `expected readable data, found ${firstReason(error)}: copy the file again`,
      );
    }
  }

  #refuse(code: string, path: string, message: string) {
    return this.#faults.refuse({ code, place: `${this.#name}, ${path}`, message });
  }
}
