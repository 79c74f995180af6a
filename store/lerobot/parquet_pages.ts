import type { ColumnMetaData, Compressors, SchemaTree } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";

/**
 * Pages of Parquet columns, looked through before they are decoded: a few damaged bytes can claim a run
 * of two thousand million values, which the library would write out one by one, or one of none, after
 * which it would wait for more without end.
 *
 * @see The Parquet format, `Encodings.md`, "Run Length Encoding / Bit-Packing Hybrid"
 */

/** Values of a page, at most: writers close one at about a megabyte. */
const MAX_VALUES = 2 ** 24;

/** Bytes of a page that is not compressed, at most. */
const MAX_PAGE_BYTES = 2 ** 30;

/** Values beyond its own that a page may hold to fill up a group of bits. */
const PADDING = 512;

/** A column of a group of rows. */
export interface ColumnChunk {
  /** Bytes from its first page on. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly metadata: ColumnMetaData;
  /** Path from the root of the schema to the column. */
  readonly path: SchemaTree[];
  readonly compressors: Compressors;
}

/** @throws {RangeError} If a page claims what cannot be */
export function requireSoundPages({ bytes, metadata, path, compressors }: ColumnChunk): void {
  const reader = { view: viewOf(bytes), offset: 0 };
  const levels = [getMaxRepetitionLevel(path), getMaxDefinitionLevel(path)];
  const widths = levels.map((level) => 32 - Math.clz32(level));
  while (reader.offset < bytes.length - 1) {
    const header = parquetHeader(reader), v1 = header.data_page_header;
    const v2 = header.data_page_header_v2, dictionary = header.dictionary_page_header;
    const size = header.compressed_page_size, { length } = bytes;
    if (!(size >= 0 && size <= length - reader.offset)) throw new RangeError("pages cut short");
    if (!(header.uncompressed_page_size <= MAX_PAGE_BYTES)) throw new RangeError("too large pages");
    const values = (v1 ?? v2 ?? dictionary)?.num_values ?? 0;
    if (!(values >= 0 && values <= MAX_VALUES)) throw new RangeError(`a page of ${values} values`);
    const page = bytes.subarray(reader.offset, reader.offset + size);
    reader.offset += size;
    const inflate = (part: Uint8Array, to: number) =>
      decompressPage(part, to, metadata.codec, compressors);
    if (v1 !== undefined && header.type === "DATA_PAGE") {
      const inner = inflate(page, header.uncompressed_page_size), view = viewOf(inner);
      let at = 0;
      for (const width of widths) {
        if (width === 0) continue;
        const end = at + 4 + view.getUint32(at, true);
        requireRuns(view, { at: at + 4, end, width, values });
        at = end;
      }
      requireValues(view, at, { encoding: v1.encoding, type: metadata.type, values });
    } else if (v2 !== undefined && header.type === "DATA_PAGE_V2") {
      const parts = [v2.repetition_levels_byte_length, v2.definition_levels_byte_length] as const;
      const view = viewOf(page);
      let at = 0;
      for (const [i, part] of parts.entries()) {
        if (widths[i]! > 0) requireRuns(view, { at, end: at + part, width: widths[i]!, values });
        at += part;
      }
      const rest = page.subarray(at), whole = header.uncompressed_page_size - parts[0] - parts[1];
      const inner = v2.is_compressed === false ? rest : inflate(rest, whole);
      requireValues(viewOf(inner), 0, { encoding: v2.encoding, type: metadata.type, values });
    }
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView<ArrayBuffer> {
  return new DataView(buffer as ArrayBuffer, byteOffset, byteLength); // none of ours is shared
}

/** Looks at values that are runs: places in a dictionary, and truths. */
function requireValues(
  view: DataView,
  at: number,
  { encoding, type, values }: {
    readonly encoding: string;
    readonly type: string;
    readonly values: number;
  },
): void {
  const end = view.byteLength;
  if (type === "BOOLEAN") {
    if (encoding === "RLE") requireRuns(view, { at: at + 4, end, width: 1, values });
    return;
  }
  if (!/DICTIONARY|^RLE$/.test(encoding) || at >= end) return;
  const width = view.getUint8(at);
  if (width > 0) requireRuns(view, { at: at + 1, end, width, values });
}

/** Looks at runs, until there are as many values as are wanted, or no more bytes. */
function requireRuns(
  view: DataView,
  { at, end, width, values }: {
    readonly at: number;
    readonly end: number;
    readonly width: number;
    readonly values: number;
  },
): void {
  if (width > 32) throw new RangeError(`values of ${width} bits`);
  let place = at;
  for (let seen = 0; seen < values && place < Math.min(end, view.byteLength);) {
    let header = 0, shift = 0, byte = 0;
    do {
      byte = view.getUint8(place++);
      header |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    const count = header & 1 ? (header >> 1) * 8 : header >>> 1;
    if (count < 1 || count > values + PADDING) throw new RangeError(`a run of ${count} values`);
    seen += count;
    place += header & 1 ? count * width / 8 : Math.ceil(width / 8);
  }
}
