import * as fs from "node:fs";
import { basename, join } from "node:path";
import type { JsonValue } from "../../../core/canonical.ts";
import type { ImportFaults } from "../fault.ts";
import type { DatasetInfo } from "../../hdf5/elements.ts";
import { Hdf5Reader } from "../../hdf5/reader.ts";
import { isHdf5 } from "../../hdf5/sandbox.ts";

/** Common parts of HDF5 layouts: episodes as groups or files, columns as datasets. */

/** An episode of a source. */
export interface Hdf5Episode {
  /** Name of the episode in messages: `demo_3`. */
  readonly name: string;
  /** Index into the files of the source. */
  readonly file: number;
  /** Its columns, by name: the path below the episode. */
  readonly columns: ReadonlyMap<string, DatasetInfo>;
  /** Control steps: the rows of its actions. */
  readonly length: number;
  /** Index into {@linkcode SPLITS}; null if the source says nothing of this one. */
  readonly split: number | null;
}

/** Layout of the episodes in a format. */
export interface Hdf5Layout {
  /** Name of the format for `--from`. */
  readonly name: string;
  readonly description: string;
  /** Whether a file is one of its own, by the names in it. */
  detects(file: Hdf5Reader): boolean;
  /** Groups of the episodes of a file, in order. */
  episodes(file: Hdf5Reader): readonly string[];
  /** The column with one row per step. */
  readonly actions: string;
  /** Returns the name of a column here, or the reason why it is left out. */
  nameOf(column: string): string | { readonly leftOut: string };
  /** Splits a column into several, by their names; null if it is a single one. */
  partsOf?(column: string, info: DatasetInfo): ReadonlyMap<string, DatasetInfo> | null;
  /** Whether the rows of a column are the bytes of image files, padded to one length. */
  holdsImageFiles?(column: string, info: DatasetInfo): boolean;
  /** Reads the description of the source. */
  describe(files: readonly OpenFile[]): Description;
  /** Steps per second where the source does not say. */
  readonly usualHz: number;
  /** Splits of the episodes of a file, by the path of their groups. */
  splits?(file: Hdf5Reader): ReadonlyMap<string, number>;
  /**
   * Returns the number of steps that the source declares for an episode; null if it declares none.
   */
  declaredLength?(file: Hdf5Reader, group: string): number | null;
}

/** Description of a source. */
export interface Description {
  readonly environment: string;
  /** Steps per second; null if it does not say. */
  readonly controlHz: number | null;
  readonly tasks: readonly string[];
  /** Further attributes. */
  readonly attributes?: Readonly<Record<string, JsonValue>>;
}

/** A file of a source. */
export interface OpenFile {
  readonly path: string;
  readonly reader: Hdf5Reader;
}

/** The HDF5 files of a source in natural order: itself, or those in the directory. */
export function filesOf(source: string): readonly string[] {
  if (isHdf5(source)) return [source];
  if (!fs.statSync(source, { throwIfNoEntry: false })?.isDirectory()) return [];
  return fs.readdirSync(source)
    .filter((name) => /\.(h5|hdf5)$/i.test(name) && isHdf5(join(source, name)))
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((name) => join(source, name));
}

/** The episodes of a source, and what is wrong with them. */
export async function readEpisodes(
  source: string,
  layout: Hdf5Layout,
  faults: ImportFaults,
): Promise<{ readonly episodes: readonly Hdf5Episode[]; readonly description: Description }> {
  await using stack = new AsyncDisposableStack();
  const files: OpenFile[] = [], episodes: Hdf5Episode[] = [];
  const paths = filesOf(source);
  if (paths.length === 0) {
    throw faults.refuse({
      code: "no_file",
      place: "the source",
      message: "expected an HDF5 file, or a directory of some, found none: check the path",
    });
  }
  for (const [file, path] of paths.entries()) {
    const reader = stack.use(await Hdf5Reader.open(path, basename(path), faults));
    files.push({ path, reader });
    const splits = layout.splits?.(reader) ?? new Map<string, number>();
    for (const group of layout.episodes(reader)) {
      const name = nameOf(path, group, paths.length);
      const episode = readEpisode(reader, group, { name, layout, faults });
      if (episode !== null) episodes.push({ ...episode, file, split: splits.get(group) ?? null });
    }
  }
  reportHoles(episodes, faults);
  return { episodes, description: layout.describe(files) };
}

/** An episode that is a file of its own has the name of the file. */
function nameOf(path: string, group: string, files: number): string {
  if (group === "/") return basename(path).replace(/\.\w+$/, "");
  const name = group.slice(group.lastIndexOf("/") + 1);
  return files === 1 ? name : `${basename(path)} ${name}`;
}

/** Reads an episode; null if it has no steps, which is reported as a fault. */
function readEpisode(
  reader: Hdf5Reader,
  group: string,
  { name, layout, faults }: {
    readonly name: string;
    readonly layout: Hdf5Layout;
    readonly faults: ImportFaults;
  },
): Omit<Hdf5Episode, "file" | "split"> | null {
  const start = group === "/" ? 1 : group.length + 1;
  const columns = new Map(
    reader.datasets(group).flatMap((info) => {
      const column = info.path.slice(start);
      return [...layout.partsOf?.(column, info) ?? [[column, info] as const]];
    }),
  );
  const place = `episode ${name}`;
  const length = columns.get(layout.actions)?.shape[0];
  if (length === undefined) {
    faults.report({
      code: "missing_column",
      severity: "error",
      place,
      message: `expected a column "${layout.actions}", found none: remove the episode`,
    });
    return null;
  }
  if (length === 0) {
    const message = "expected steps, found none: the episode is left out";
    faults.report({ code: "empty_episode", severity: "warning", place, message });
    return null;
  }
  const declared = layout.declaredLength?.(reader, group) ?? null;
  if (declared !== null && declared !== length) {
    faults.report({
      code: "count_mismatch",
      severity: "warning",
      place,
      message: `expected the ${declared} steps that the file says, found ${length}: it was edited`,
    });
  }
  return { name, columns, length };
}

/**
 * Largest gaps to report, as a multiple of the number of episodes: dates and ids are not a
 * numbering.
 */
const LARGEST_GAP = 10;

/** Tells of numbers that are missing between those of the episodes. */
function reportHoles(episodes: readonly Hdf5Episode[], faults: ImportFaults): void {
  const numbers = episodes.map(({ name }) => Number(/(\d+)$/.exec(name)?.[1] ?? NaN))
    .filter(Number.isFinite).toSorted((a, b) => a - b);
  const isNumbered = numbers.length === episodes.length && new Set(numbers).size === numbers.length;
  const last = numbers.at(-1);
  if (!isNumbered || last === undefined) return;
  const first = numbers[0] === 0 ? 0 : 1, missing = last - first + 1 - numbers.length;
  if (missing <= 0 || missing > LARGEST_GAP * numbers.length) return;
  faults.report({
    code: "numbering_hole",
    severity: "warning",
    place: "the whole dataset",
    message: `expected episodes ${first} to ${last}, found ${numbers.length} of them: ` +
      "get the others, or go on without",
  });
}
