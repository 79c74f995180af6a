import { basename } from "node:path";
import { rowSize, typedData } from "../../../core/episode.ts";
import type { DatasetInfo } from "../../hdf5/elements.ts";
import { Hdf5Reader } from "../../hdf5/reader.ts";
import type { ImportFaults } from "../fault.ts";
import { decodeImage, ImageError, readImageSize } from "../image_files.ts";
import { filesOf, type Hdf5Episode } from "./layout.ts";

/** Columns whose rows are the bytes of image files, padded to one length. */

/** Bytes of one column of one episode, at most: it is read as one array. */
export const MAX_COLUMN_BYTES = 2 ** 31;

/**
 * Reads the size of a column's images from the first of them, `[height, width, 3]`; null if it has
 * none.
 */
export async function readSize(
  source: string,
  column: string,
  { episodes, faults }: {
    readonly episodes: readonly Hdf5Episode[];
    readonly faults: ImportFaults;
  },
): Promise<readonly number[] | null> {
  const [{ file, columns, name, length }] = episodes as readonly [Hdf5Episode]; // it has columns
  const path = filesOf(source)[file]!, info = columns.get(column)!; // isWhole() found it
  using reader = await Hdf5Reader.open(path, basename(path), faults);
  const place = `episode ${name}, step 0, column "${column}"`;
  try {
    const { height, width } = readImageSize(rowOf(reader, info, 0));
    if (length * height * width * 3 <= MAX_COLUMN_BYTES) return [height, width, 3];
    const message = `expected at most ${MAX_COLUMN_BYTES} bytes of images, found more: leave the ` +
      "column out by --skip";
    faults.report({ code: "too_large", severity: "error", place, message });
  } catch (error) {
    reportImage(error, place, faults);
  }
  return null;
}

function rowOf(reader: Hdf5Reader, info: DatasetInfo, row: number): Uint8Array {
  return typedData(reader.rows(info, "uint8", [row, row + 1]), Uint8Array);
}

/** `[length, height, width, 3]` of image files in rows; black where one cannot be read. */
export async function decodeRows(
  reader: Hdf5Reader,
  info: DatasetInfo,
  { length, shape, place, faults }: {
    readonly length: number;
    readonly shape: readonly number[];
    readonly place: string;
    readonly faults: ImportFaults;
  },
): Promise<Uint8Array> {
  const [height, width] = shape as readonly [number, number, number]; // of readSize()
  const pixels = new Uint8Array(length * rowSize(shape));
  for (let row = 0; row < length; row++) {
    try {
      const image = await decodeImage(rowOf(reader, info, row), { height, width });
      pixels.set(image, row * rowSize(shape));
    } catch (error) {
      reportImage(error, `${place}, step ${row}`, faults);
    }
  }
  return pixels;
}

/** @throws {unknown} Whatever is no fault of an image */
function reportImage(error: unknown, place: string, faults: ImportFaults): void {
  if (!(error instanceof ImageError)) throw error;
  const message = `expected ${error.expected}, found ${error.found}: write it as JPEG or PNG, or ` +
    "leave the column out by --skip";
  faults.report({ code: "image", severity: "error", place, message });
}
