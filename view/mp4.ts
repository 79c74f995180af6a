/** Edits the encoder's MP4 files: removes times, and adds an index of the key frames. */

/** Boxes that hold others, from the outside to the table of frames. */
const PATH = ["moov", "trak", "mdia", "minf", "stbl"];

/** Boxes that say when they were made. */
const TIMED = ["mvhd", "tkhd", "mdhd"];

/**
 * Sets the creation and modification times of an MP4 file to 0, "unknown".
 *
 * @see ISO/IEC 14496-12, 8.2.2, 8.3.2, 8.4.2
 */
export function clearTimes(file: Uint8Array): void {
  for (const { type, start } of boxesOf(file, { start: 0, end: file.length })) {
    // Behind version and flags, two times of 4 bytes, of 8 in version 1.
    if (TIMED.includes(type)) {
      file.fill(0, start + 12, start + 12 + (file[start + 8] === 1 ? 16 : 8));
    }
  }
}

/**
 * An MP4 file of one video with the list of frames that need no other: without it a player takes
 * every frame for such a one, and jumps to frames that it cannot decode.
 *
 * @param file Its `moov` lies behind the frames, whose places therefore stay as they are
 * @param period Frames from one such frame to the next
 * @param frames Number of frames
 * @throws {RangeError} If it has no table of frames
 * @see ISO/IEC 14496-12, 8.6.2
 */
export function addSyncSamples(
  file: Uint8Array,
  { period, frames }: { readonly period: number; readonly frames: number },
): Uint8Array {
  const outer = boxesOf(file, { start: 0, end: file.length })
    .filter(({ type }) => PATH.includes(type));
  const table = outer.find(({ type }) => type === "stbl");
  if (table === undefined) throw new RangeError("Cannot list the frames of a video: it has none");
  const count = Math.ceil(frames / period);
  const box = new DataView(new ArrayBuffer(16 + 4 * count));
  box.setUint32(0, box.byteLength);
  box.setUint32(4, 0x73747373); // "stss"
  box.setUint32(12, count);
  for (let i = 0; i < count; i++) box.setUint32(16 + 4 * i, 1 + i * period); // frames count from 1
  const longer = new Uint8Array(file.length + box.byteLength);
  longer.set(file.subarray(0, table.end));
  longer.set(new Uint8Array(box.buffer), table.end);
  longer.set(file.subarray(table.end), table.end + box.byteLength);
  const view = new DataView(longer.buffer);
  for (const { start } of outer) view.setUint32(start, view.getUint32(start) + box.byteLength);
  return longer;
}

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Boxes within a range, outer ones before those in them. */
function boxesOf(file: Uint8Array, { start, end }: Omit<Box, "type">): readonly Box[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const boxes: Box[] = [];
  for (let at = start; at + 8 <= end;) {
    const size = view.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const box = { type, start: at, end: at + size };
    boxes.push(box);
    if (PATH.includes(type)) boxes.push(...boxesOf(file, { start: at + 8, end: box.end }));
    if (size < 8) break; // 0: to the end of the file
    at += size;
  }
  return boxes;
}
