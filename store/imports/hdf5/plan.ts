import { basename } from "node:path";
import {
  type Column,
  type ColumnData,
  type DType,
  type FieldSpec,
  rowSize,
} from "../../../core/episode.ts";
import { ImportFaults } from "../fault.ts";
import {
  type ImportedEpisodes,
  type Importer,
  type ImportPlan,
  type ImportRequest,
  registerImporter,
} from "../importer.ts";
import { assignNames } from "../names.ts";
import { decodeRows, MAX_COLUMN_BYTES, readSize } from "./encoded_images.ts";
import { filesOf, type Hdf5Episode, type Hdf5Layout, readEpisodes } from "./layout.ts";
import type { DatasetInfo } from "../../hdf5/elements.ts";
import { Hdf5Reader } from "../../hdf5/reader.ts";

/** A column that is read, and the field that it becomes. */
interface PlannedColumn {
  readonly column: string;
  readonly field: FieldSpec;
  /** Whether its rows are the bytes of image files. */
  readonly isEncoded: boolean;
}

/** Registers a layout of HDF5 as a format of its own. */
export function registerLayout(layout: Hdf5Layout): void {
  const importer: Importer = {
    name: layout.name,
    description: layout.description,
    detects: (source) => detects(layout, source),
    plan: (request) => planLayout(layout, request),
  };
  registerImporter(importer);
}

/** Number of files of a source to look into: there may be a summary beside the episodes. */
const LOOKED_INTO = 3;

/** Looks into the first files of a source. */
async function detects(layout: Hdf5Layout, source: string): Promise<boolean> {
  const faults = new ImportFaults(source, { stops: true });
  for (const path of filesOf(source).slice(0, LOOKED_INTO)) {
    try {
      using reader = await Hdf5Reader.open(path, basename(path), faults);
      if (layout.detects(reader)) return true;
    } catch {
      // Damaged: whoever names the format is told.
    }
  }
  return false;
}

async function planLayout(layout: Hdf5Layout, request: ImportRequest): Promise<ImportPlan> {
  const { source, faults } = request;
  const { episodes, description } = await readEpisodes(source, layout, faults);
  const { planned, leftOut } = await planColumns(layout, episodes, request);
  const hasReward = planned.some(({ field: { name, shape } }) =>
    name === "reward" && rowSize(shape) === 1
  );
  const hasSuccess = episodes.some(({ columns }) => columns.has("success"));
  return {
    columns: planned.map(({ column, field: { name, dtype, shape } }) => ({
      ...{ column, field: name, dtype, shape },
    })),
    leftOut,
    schema: {
      environment: description.environment,
      controlHz: description.controlHz ?? assumeRate(layout, faults),
      step: planned.map(({ field }) => field),
      episode: [
        scalar("candidate", "int64", "Index of the episode in the imported dataset"),
        ...hasSuccess ? [scalar("success", "bool", "Whether any step was a success")] : [],
        ...hasReward ? [scalar("return", "float64", "Sum of rewards")] : [],
      ],
    },
    seeded: false,
    lengths: episodes.map(({ length }) => length),
    splits: splitsOf(episodes),
    attributes: { tasks: [...description.tasks], ...description.attributes },
    read: () => readTables(source, { episodes, planned, faults, hasReward, hasSuccess }),
  };
}

/** Plans the columns to read, and those to leave out, with the reasons. */
async function planColumns(
  layout: Hdf5Layout,
  episodes: readonly Hdf5Episode[],
  { source, rename, skip, faults }: ImportRequest,
): Promise<{ readonly planned: readonly PlannedColumn[]; readonly leftOut: readonly string[] }> {
  const leftOut: string[] = [], planned: PlannedColumn[] = [];
  const kept = new Map<string, DatasetInfo>();
  for (const [column, info] of columnsOf(episodes)) {
    const reason = skip.has(column) ? "skipped" : whyLeftOut(layout, column, info, episodes);
    if (reason !== null) leftOut.push(`${column} (${reason})`);
    else if (isWhole(column, info, { layout, episodes, faults })) kept.set(column, info);
  }
  const names = assignNames([...kept.keys()], {
    rename,
    faults,
    nameOf: (column) => {
      const name = layout.nameOf(column);
      return typeof name === "string" ? name : column; // of one that is read
    },
  });
  for (const [column, name] of names) {
    const info = kept.get(column)!; // of the same names
    const isEncoded = layout.holdsImageFiles?.(column, info) ?? false;
    const field = fieldOf(layout, column, { name, info });
    const shape = isEncoded ? await readSize(source, column, { episodes, faults }) : field.shape;
    if (shape !== null) planned.push({ column, isEncoded, field: { ...field, shape } });
  }
  return { planned, leftOut };
}

/** The usual rate of a format, with a warning. */
function assumeRate({ usualHz }: Hdf5Layout, faults: ImportFaults): number {
  faults.report({
    code: "unknown_rate",
    severity: "warning",
    place: "the whole dataset",
    message: `expected a rate, found none: ${usualHz} steps per second are assumed`,
  });
  return usualHz;
}

function scalar(name: string, dtype: DType, description: string): FieldSpec {
  return { name, dtype, shape: [], description };
}

/** The columns of all episodes, each as the first episode has it that has one. */
function columnsOf(episodes: readonly Hdf5Episode[]): ReadonlyMap<string, DatasetInfo> {
  const found = new Map<string, DatasetInfo>();
  for (const { columns } of episodes) {
    for (const [column, info] of columns) if (!found.has(column)) found.set(column, info);
  }
  return found;
}

/** Splits where the source has an episode in each of two. */
function splitsOf(episodes: readonly Hdf5Episode[]): Uint8Array | null {
  const named = new Set(episodes.map(({ split }) => split));
  if (named.has(null) || named.size < 2) return null;
  return Uint8Array.from(episodes, ({ split }) => split!); // none is null
}

/** Returns why a column is not read, or null if it is. */
function whyLeftOut(
  layout: Hdf5Layout,
  column: string,
  info: DatasetInfo,
  episodes: readonly Hdf5Episode[],
): string | null {
  const name = layout.nameOf(column), { dtype, type, shape } = info;
  if (typeof name !== "string") return name.leftOut;
  if (dtype === null) return type;
  if (shape.length === 0) return "one value";
  const rows = (info: DatasetInfo | undefined, length: number) =>
    info !== undefined && [length, length + 1].includes(info.shape[0]!);
  // What has other rows in every episode is no column of steps.
  const isStepwise = episodes.some(({ columns, length }) => rows(columns.get(column), length));
  return isStepwise ? null : "no row a step";
}

/** Whether every episode has a column with the same rows; what is wrong is reported. */
function isWhole(
  column: string,
  first: DatasetInfo,
  { layout, episodes, faults }: {
    readonly layout: Hdf5Layout;
    readonly episodes: readonly Hdf5Episode[];
    readonly faults: ImportFaults;
  },
): boolean {
  let whole = true;
  const report = (code: string, episode: string, message: string) => {
    whole = false;
    const place = `episode ${episode}, column "${column}"`;
    const remedy = column === layout.actions
      ? "correct the episode, or remove it"
      : "correct the episode, or leave the column out by --skip";
    faults.report({ code, severity: "error", place, message: `${message}: ${remedy}` });
  };
  const row = first.shape.slice(1);
  for (const { name, columns, length } of episodes) {
    const info = columns.get(column);
    if (info === undefined) {
      report("missing_column", name, "expected the column that other episodes have, found none");
    } else if (info.shape[0] !== length && info.shape[0] !== length + 1) {
      report("row_count", name, `expected ${length} rows, found ${info.shape[0]}`);
    } else if (info.type !== first.type || String(info.shape.slice(1)) !== String(row)) {
      const found = `${info.type} [${info.shape.slice(1)}]`;
      report("shape_mismatch", name, `expected rows of ${first.type} [${row}], found ${found}`);
    } else if (length * rowSize(row) * first.size > MAX_COLUMN_BYTES) {
      report("too_large", name, `expected at most ${MAX_COLUMN_BYTES} bytes, found more`);
    }
  }
  return whole;
}

function fieldOf(
  layout: Hdf5Layout,
  column: string,
  { name, info }: { readonly name: string; readonly info: DatasetInfo },
): FieldSpec {
  const row = info.shape.slice(1), dtype = info.dtype!; // whyLeftOut() found it
  const isInput = name.startsWith("observation/") || name.startsWith("action") || name === "reward";
  return {
    name,
    dtype: dtype === "float64" && isInput ? "float32" : dtype, // what networks read
    // An action is a vector, and whatever else has one number is a number.
    shape: name.startsWith("action")
      ? (row.length === 0 ? [1] : row)
      : rowSize(row) === 1
      ? []
      : row,
    description: `Column ${column} of ${layout.name}`,
  };
}

interface ReadOptions {
  readonly episodes: readonly Hdf5Episode[];
  readonly planned: readonly PlannedColumn[];
  readonly faults: ImportFaults;
  readonly hasReward: boolean;
  readonly hasSuccess: boolean;
}

/** Reads every episode as a table of one. Rows after the last action are left out. */
async function* readTables(
  source: string,
  { episodes, planned, faults, hasReward, hasSuccess }: ReadOptions,
): AsyncGenerator<ImportedEpisodes> {
  const paths = filesOf(source);
  for (const [file, path] of paths.entries()) {
    using reader = await Hdf5Reader.open(path, basename(path), faults);
    for (const [index, { file: of, length, columns }] of episodes.entries()) {
      if (of !== file) continue;
      const step: Record<string, Column> = {};
      for (const { column, field: { name, dtype, shape }, isEncoded } of planned) {
        const info = columns.get(column)!; // isWhole() found it
        const place = `episode ${index}, column "${column}"`;
        const data = isEncoded
          ? await decodeRows(reader, info, { length, shape, place, faults })
          : reader.rows(info, dtype, [0, length]);
        step[name] = { dtype, shape, data };
      }
      const success = columns.get("success");
      yield {
        table: {
          lengths: Int32Array.of(length),
          step,
          episode: {
            candidate: single("int64", BigInt64Array.of(BigInt(index))),
            ...hasReward
              ? { return: single("float64", Float64Array.of(sum(step["reward"]!.data))) }
              : {},
            ...hasSuccess
              ? { success: single("bool", Uint8Array.of(Number(anyOf(reader, success, length)))) }
              : {},
          },
        },
      };
    }
  }
}

function single(dtype: DType, data: ColumnData): Column {
  return { dtype, shape: [], data };
}

function sum(data: ColumnData): number {
  let total = 0;
  for (const value of data) total += Number(value);
  return total;
}

function anyOf(reader: Hdf5Reader, info: DatasetInfo | undefined, length: number): boolean {
  if (info === undefined || info.dtype === null || info.shape.length !== 1) return false;
  return reader.rows(info, info.dtype, [0, Math.min(length, info.shape[0]!)])
    .some((value: number | bigint) => Number(value) !== 0);
}
