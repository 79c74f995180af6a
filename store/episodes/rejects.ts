import { type ColumnData, type DType, typedData } from "../../core/episode.ts";
import { ArrayReader } from "../zarr/array_reader.ts";
import { ArrayWriter } from "../zarr/array_writer.ts";
import { writeGroup } from "../zarr/groups.ts";
import type { CommittedFiles } from "../zarr/reader.ts";
import type { FileWriter } from "../zarr/writer.ts";

/** A refused candidate. */
export interface Reject {
  /** Name of the merge input that it was a candidate of. */
  readonly source: string;
  readonly candidate: number;
  /** snake_case name of the check that refused it. */
  readonly reason: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** Rejects of one chunk of the arrays below. */
const CHUNK_ROWS = 4096;

/**
 * Writes rejects as columns that any Zarr reader can read: `source` and `reason` are indices into the
 * names among the group's attributes, `figures` is `[R, F]` f64 with named columns, and
 * `figure_present` says which of them a candidate has.
 */
export async function writeRejects(
  writer: FileWriter,
  rejects: readonly Reject[],
  sources: readonly string[],
): Promise<void> {
  const reasons = [...new Set(rejects.map(({ reason }) => reason))].sort();
  const figures = [...new Set(rejects.flatMap((reject) => Object.keys(reject.figures)))].sort();
  await writeGroup(writer, "rejects", { sources, reasons, figures });
  const write = async (
    name: string,
    dtype: DType,
    data: ColumnData,
    { description, width }: { readonly description: string; readonly width?: number },
  ) => {
    const array = await ArrayWriter.create(writer, {
      path: `rejects/${name}`,
      dtype,
      shape: width === undefined ? [] : [width],
      rows: rejects.length,
      chunkRows: Math.max(1, Math.min(CHUNK_ROWS, rejects.length)),
      attributes: { description },
    });
    await array.append(data);
    await array.finish();
  };
  const candidates = BigInt64Array.from(rejects, ({ candidate }) => BigInt(candidate));
  await write("candidate", "int64", candidates, { description: "Number of the candidate" });
  await write(
    "source",
    "int32",
    Int32Array.from(rejects, ({ source }) => sources.indexOf(source)),
    { description: "Input that it came from, an index into sources" },
  );
  await write(
    "reason",
    "int32",
    Int32Array.from(rejects, ({ reason }) => reasons.indexOf(reason)),
    { description: "Check that refused it, an index into reasons" },
  );
  const width = figures.length;
  if (width === 0) return; // an axis of length 0 has no chunks
  const { values, present } = tabulate(rejects, figures);
  await write("figures", "float64", values, {
    description: "The numbers behind the verdict, one column a name in figures",
    width,
  });
  const description = "Which figures a candidate has";
  await write("figure_present", "bool", present, { description, width });
}

/** `[R, F]` figures of rejects by the names of the columns, and which of them there are. */
function tabulate(rejects: readonly Reject[], names: readonly string[]) {
  const values = new Float64Array(rejects.length * names.length);
  const present = new Uint8Array(values.length);
  rejects.forEach((reject, row) => {
    for (const [name, value] of Object.entries(reject.figures)) {
      const index = row * names.length + names.indexOf(name);
      values[index] = value;
      present[index] = 1;
    }
  });
  return { values, present };
}

/** Reads what {@linkcode writeRejects} wrote, in its order. */
export async function readRejects(files: CommittedFiles): Promise<readonly Reject[]> {
  // Its hash is that of what writeRejects() wrote.
  const { attributes }: {
    readonly attributes: Readonly<Record<"sources" | "reasons" | "figures", readonly string[]>>;
  } = JSON.parse(files.readText("rejects/zarr.json"));
  const read = async (name: string): Promise<ColumnData> =>
    await (await ArrayReader.open(files, `rejects/${name}`)).readRows();
  const candidates = typedData(await read("candidate"), BigInt64Array);
  const source = await read("source");
  const reason = await read("reason");
  const names = attributes.figures;
  const [values, present] = names.length === 0
    ? [[], []]
    : await Promise.all(["figures", "figure_present"].map(read));
  return Array.from(candidates, (candidate, row) => {
    const figures: Record<string, number> = {};
    names.forEach((name, column) => {
      const index = row * names.length + column;
      if (present![index]) figures[name] = Number(values![index]);
    });
    return {
      source: attributes.sources[Number(source[row])]!,
      candidate: Number(candidate),
      reason: attributes.reasons[Number(reason[row])]!,
      figures,
    };
  });
}
