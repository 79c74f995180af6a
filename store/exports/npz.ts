import * as fs from "node:fs";
import { Zip, ZipPassThrough, zipSync } from "fflate";
import { type Column, type DType, rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";

/**
 * NumPy's archives: a ZIP file of arrays in NPY format, stored as they are. The same arrays give the
 * same bytes.
 *
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

/** NumPy's names of element types, little-endian. */
const DESCRIPTIONS: Readonly<Record<DType, string>> = {
  float32: "<f4",
  float64: "<f8",
  int32: "<i4",
  int64: "<i8",
  uint8: "|u1",
  bool: "|b1",
};

const ELEMENT_BYTES: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  int64: 8,
  uint8: 1,
  bool: 1,
};

/** The first moment that a ZIP file can tell, in whatever zone: when it was written is no content. */
const EPOCH = new Date(1980, 0, 1);

/** Bytes beyond which a ZIP file needs an extension that the library does not write. */
const LARGEST = 2 ** 32 - 2 ** 20;

/** Name, type and shape of an array. */
export interface ArrayHeader {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Magic, version 1.0 and header of an NPY file, padded to 64 bytes so that the data is aligned. */
function npyHeader({ dtype, shape }: Omit<ArrayHeader, "name">): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = new Uint8Array(length).fill(0x20);
  header.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  new DataView(header.buffer).setUint16(8, length - 10, true);
  header.set(new TextEncoder().encode(text), 10);
  header[length - 1] = 0x0a;
  return header;
}

/** An archive of small arrays. @param arrays By name; `shape` is that of the whole array */
export function encodeNpz(arrays: Readonly<Record<string, Column>>): Uint8Array {
  const files = Object.entries(arrays).map(([name, column]) => {
    const header = npyHeader(column), data = bytesOf(column);
    const file = new Uint8Array(header.length + data.length);
    file.set(header);
    file.set(data, header.length);
    return [`${name}.npy`, file] as const;
  });
  return zipSync(Object.fromEntries(files), { level: 0, mtime: EPOCH });
}

function bytesOf({ data }: Pick<Column, "data">): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Archive that is being written, array by array and piece by piece: it may be larger than memory.
 */
export class NpzWriter implements Disposable {
  readonly #descriptor: number;
  readonly #zip: Zip;

  /**
   * @param path Of a file that does not exist
   * @param arrays That will be written
   * @throws {InvalidInputError} If they are too large together
   */
  constructor(path: string, arrays: readonly ArrayHeader[]) {
    const bytes = arrays.reduce(
      (sum, { dtype, shape }) => sum + rowSize(shape) * ELEMENT_BYTES[dtype],
      0,
    );
    if (bytes > LARGEST) {
      throw new InvalidInputError({
        action: "write",
        place: path,
        expected: "at most 4 GiB in a ZIP file",
        found: `${(bytes / 2 ** 30).toFixed(1)} GiB`,
        remedy: "export fewer episodes, or read the Zarr dataset",
      });
    }
    const descriptor = this.#descriptor = fs.openSync(path, "wx");
    this.#zip = new Zip((error, chunk) => {
      if (error) throw error;
      for (let at = 0; at < chunk.length;) at += fs.writeSync(descriptor, chunk, at);
    });
  }

  /** Writes the next array. @param pieces Its rows, in order */
  async add(header: ArrayHeader, pieces: AsyncIterable<Column["data"]>): Promise<void> {
    const entry = new ZipPassThrough(`${header.name}.npy`);
    entry.mtime = EPOCH;
    this.#zip.add(entry);
    entry.push(npyHeader(header));
    for await (const data of pieces) entry.push(bytesOf({ data }));
    entry.push(new Uint8Array(), true);
  }

  /** Ends the archive. */
  finish(): void {
    this.#zip.end();
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#descriptor);
  }
}
