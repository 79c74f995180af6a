import * as fs from "node:fs";
import { dirname } from "node:path";
import type { File, Group } from "h5wasm/node";
import { type Column, type EpisodeTable, rowSize } from "../../core/episode.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { batchesOf } from "../episodes/episode_batches.ts";
import { type ExportControl, registerExporter } from "./exporters.ts";

/**
 * HDF5 in the layout of SimScaleAI's `TrajectoryDataset`: the root holds groups `episode_<n>` and
 * nothing else, each with `observations/<name>`, `actions` and `rewards`, compressed by gzip. Images
 * and segmentations are uint8, other numbers float64, whatever the dataset keeps. HDF5 notes the time at which an object
 * was made, so two exports have the same numbers but not the same bytes.
 */

/** h5py's default. */
const GZIP_LEVEL = 4;

/**
 * Bytes that must be left on the disk beyond the episodes that come: the library keeps some megabytes
 * of metadata back until the end, and a file that it cannot end stays open and broken.
 */
const RESERVE = 8 * 2 ** 20;

registerExporter({
  name: "hdf5",
  description: "one file with a group per episode: observations/<name>, actions, rewards",
  extension: ".h5",
  write: writeHdf5,
});

async function writeHdf5(
  dataset: Dataset,
  path: string,
  { signal, onProgress }: ExportControl,
): Promise<void> {
  const { File, ready } = await import("h5wasm/node"); // 4 MB, which few processes need
  await ready;
  // The library takes a file that it could not make for one, and complains at every episode.
  fs.closeSync(fs.openSync(path, "w"));
  const file = new File(path, "w");
  try {
    for await (const { table, first, end } of batchesOf(dataset, signal)) {
      requireSpace(path, table);
      writeEpisodes(file, table, first);
      onProgress?.({ episodes: end, total: dataset.episodes });
    }
    file.flush();
  } finally {
    file.close();
  }
}

function writeEpisodes(file: File, { lengths, step }: EpisodeTable, first: number): void {
  let row = 0;
  for (const [index, length] of lengths.entries()) {
    const group = file.create_group(`episode_${first + index}`);
    const observations = group.create_group("observations");
    for (const [name, column] of Object.entries(step)) {
      const rows = { start: row, length };
      if (name.startsWith("observation/")) {
        writeRows(observations, name.slice("observation/".length), column, rows);
      } else if (name === "action") writeRows(group, "actions", column, rows);
      else if (name === "reward") writeRows(group, "rewards", column, rows);
    }
    row += length;
  }
}

interface RowRange {
  readonly start: number;
  readonly length: number;
}

function writeRows(
  group: Group,
  name: string,
  { data, dtype, shape }: Column,
  { start, length }: RowRange,
): void {
  const size = rowSize(shape);
  const rows = data.subarray(start * size, (start + length) * size);
  const whole = [length, ...shape];
  const image = dtype === "uint8" && shape.length >= 2; // an image or a segmentation
  group.create_dataset({
    name,
    data: image ? rows : Float64Array.from(rows, Number),
    shape: whole,
    dtype: image ? "<B" : "<d",
    ...(length > 0 && { chunks: whole, compression: "gzip", compression_opts: [GZIP_LEVEL] }),
  });
}

/** Fails as a write to a full disk does, before the library fails and leaves its file broken. */
function requireSpace(path: string, { step }: EpisodeTable): void {
  const needed = Object.values(step).reduce((sum, { data }) => sum + 8 * data.length, RESERVE);
  const { bavail, bsize } = fs.statfsSync(dirname(path));
  if (bavail * bsize >= needed) return;
  throw Object.assign(new Error(`no space for "${path}"`), { code: "ENOSPC" });
}
