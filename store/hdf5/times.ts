/**
 * Clears times in HDF5 files: the library records in the header of each object when it was made,
 * and has no option not to.
 *
 * @see HDF5 File Format Specification, version 3.0, IV.A.1.b, "Version 2 Data Object Header Prefix"
 */

/** Start of a header: its signature and its version. */
const HEADER = [...new TextEncoder().encode("OHDR"), 2];

/** Flags of a header: whether it has times, and numbers of attributes. */
const HAS_TIMES = 0x20, HAS_ATTRIBUTE_LIMITS = 0x10;

/** Offsets of the flags and of what follows them. */
const FLAGS_AT = 5, TIMES_AT = 6;

/** Bytes of the four times: of access, modification, change and birth. */
const TIMES_SIZE = 16;

/**
 * Sets the times of every object to the epoch, in place. Bytes that look like a header without its
 * checksum are not one.
 *
 * @returns Number of headers
 */
export function clearTimes(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let cleared = 0;
  for (let at = file.indexOf(HEADER[0]!); at >= 0; at = file.indexOf(HEADER[0]!, at + 1)) {
    if (!HEADER.every((byte, i) => file[at + i] === byte)) continue;
    const end = endOf(view, at);
    if (end === null || view.getUint32(end, true) !== lookup3(file.subarray(at, end))) continue;
    file.fill(0, at + TIMES_AT, at + TIMES_AT + TIMES_SIZE);
    view.setUint32(end, lookup3(file.subarray(at, end)), true);
    cleared++;
  }
  return cleared;
}

/** Returns the offset of the checksum of a header with times; null if it cannot have one. */
function endOf(view: DataView, at: number): number | null {
  if (at + FLAGS_AT >= view.byteLength) return null;
  const flags = view.getUint8(at + FLAGS_AT), width = 1 << (flags & 3);
  if ((flags & HAS_TIMES) === 0 || width === 8) return null;
  const sizeAt = at + TIMES_AT + TIMES_SIZE + ((flags & HAS_ATTRIBUTE_LIMITS) === 0 ? 0 : 4);
  if (sizeAt + width > view.byteLength) return null;
  const size = width === 1
    ? view.getUint8(sizeAt)
    : width === 2
    ? view.getUint16(sizeAt, true)
    : view.getUint32(sizeAt, true);
  const end = sizeAt + width + size;
  return end + 4 <= view.byteLength ? end : null;
}

/**
 * The checksum of HDF5's metadata.
 *
 * @returns Bob Jenkins' `hashlittle()` with initial value 0
 * @see http://burtleburtle.net/bob/c/lookup3.c
 */
export function lookup3(bytes: Uint8Array): number {
  let a = (0xdeadbeef + bytes.length) | 0, b = a, c = a;
  const word = (at: number) =>
    (bytes[at] ?? 0) | (bytes[at + 1] ?? 0) << 8 | (bytes[at + 2] ?? 0) << 16 |
    (bytes[at + 3] ?? 0) << 24;
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    a = (a + word(at)) | 0;
    b = (b + word(at + 4)) | 0;
    c = (c + word(at + 8)) | 0;
    a = (a - c) ^ rotate(c, 4), c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 6), a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 8), b = (b + a) | 0;
    a = (a - c) ^ rotate(c, 16), c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 19), a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 4), b = (b + a) | 0;
  }
  if (at === bytes.length) return c >>> 0;
  a = (a + word(at)) | 0;
  b = (b + word(at + 4)) | 0;
  c = (c + word(at + 8)) | 0;
  c = (c ^ b) - rotate(b, 14);
  a = (a ^ c) - rotate(c, 11);
  b = (b ^ a) - rotate(a, 25);
  c = (c ^ b) - rotate(b, 16);
  a = (a ^ c) - rotate(c, 4);
  b = (b ^ a) - rotate(a, 14);
  c = (c ^ b) - rotate(b, 24);
  return c >>> 0;
}

function rotate(value: number, bits: number): number {
  return value << bits | value >>> (32 - bits);
}
