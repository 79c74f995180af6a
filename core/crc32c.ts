/**
 * CRC-32C (Castagnoli; RFC 3720, appendix B.4), sixteen bytes at a time by tables ("slicing", Kounavis
 * and Berry 2005): runtimes have CRC-32 built in, but not this one, which is Zarr's.
 */

/** The polynomial 0x1edc6f41, bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 16;

/** `[SLICES · 256]` table k gives the effect of a byte that k more bytes follow. */
const TABLES = createTables();

function createTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = (before >>> 8) ^ tables[before & 0xff]!;
  }
  return tables;
}

/** The CRC-32C of bytes, as an unsigned 32-bit integer. */
export function crc32c(data: Uint8Array): number {
  const t = TABLES;
  let crc = ~0, i = 0;
  for (const end = data.length - SLICES; i <= end; i += SLICES) {
    crc = t[3840 + (data[i]! ^ (crc & 0xff))]! ^
      t[3584 + (data[i + 1]! ^ ((crc >>> 8) & 0xff))]! ^
      t[3328 + (data[i + 2]! ^ ((crc >>> 16) & 0xff))]! ^
      t[3072 + (data[i + 3]! ^ (crc >>> 24))]! ^
      t[2816 + data[i + 4]!]! ^ t[2560 + data[i + 5]!]! ^
      t[2304 + data[i + 6]!]! ^ t[2048 + data[i + 7]!]! ^
      t[1792 + data[i + 8]!]! ^ t[1536 + data[i + 9]!]! ^
      t[1280 + data[i + 10]!]! ^ t[1024 + data[i + 11]!]! ^
      t[768 + data[i + 12]!]! ^ t[512 + data[i + 13]!]! ^
      t[256 + data[i + 14]!]! ^ t[data[i + 15]!]!;
  }
  for (; i < data.length; i++) crc = (crc >>> 8) ^ t[(crc ^ data[i]!) & 0xff]!;
  return ~crc >>> 0;
}
