import assert from "node:assert/strict";
import {
  dataOffset,
  decodeDirectory,
  directoryOffset,
  encodeDirectory,
  encodeLocalHeader,
  lastEntry,
  type ZipEntry,
} from "../../../store/files/zip.ts";
import { createRandom } from "../../../core/random.ts";

/** Entries as a writer lays them out, from a position on. */
function drawEntries(count: number, { seed = 1, from = 0 } = {}): readonly ZipEntry[] {
  const random = createRandom(seed, "zip", 0);
  let offset = from;
  return Array.from({ length: count }, (_, i) => {
    const size = random.integer(1000), crc = random.uint32();
    const entry = { name: `data/größe ${i}/c.${"0".repeat(i % 5)}`, size, crc, offset };
    offset = dataOffset(entry) + size;
    return entry;
  });
}

function endOf(entries: readonly ZipEntry[]): number {
  const last = entries.at(-1);
  return last === undefined ? 0 : dataOffset(last) + last.size;
}

Deno.test("decodeDirectory() gives what encodeDirectory() was given, beyond 4 GiB and 65,535 files too", () => {
  const lists = [
    ...[0, 1, 2, 40].map((count) => drawEntries(count, { seed: count })),
    drawEntries(3, { from: 2 ** 32 - 500 }),
    drawEntries(3, { from: 5e9 }),
    drawEntries(66_000),
  ];
  for (const entries of lists) {
    const start = endOf(entries), bytes = encodeDirectory(entries, start);
    assert.equal(directoryOffset(bytes.subarray(-98)), start);
    assert.deepEqual(decodeDirectory(bytes, start), entries);
  }
});

Deno.test("decodeDirectory() gives nothing when any bit is flipped, or the end is cut off", () => {
  const entries = drawEntries(3), start = endOf(entries);
  const bytes = Uint8Array.from(encodeDirectory(entries, start));
  const isRead = () => {
    const found = directoryOffset(bytes);
    const read = found === start ? decodeDirectory(bytes, start) : null;
    // A name, a size or a checksum of other bits is as good as the first: what it is about shows it.
    return read !== null && JSON.stringify(read) === JSON.stringify(entries);
  };
  assert(isRead());
  for (let index = 0; index < bytes.length; index++) {
    bytes[index]! ^= 4;
    assert(!isRead(), `byte ${index}`);
    bytes[index]! ^= 4;
  }
  for (let length = 0; length < bytes.length; length += 7) {
    const cut = bytes.subarray(0, length);
    assert(directoryOffset(cut) === null || decodeDirectory(cut, start) === null);
  }
});

Deno.test("lastEntry() finds the last file by the end of an archive, and no other", () => {
  const lists = [
    drawEntries(1),
    drawEntries(40),
    drawEntries(3, { from: 2 ** 32 - 500 }),
    drawEntries(3, { from: 5e9 }),
    drawEntries(66_000),
  ];
  for (const entries of lists) {
    const last = entries.at(-1)!, bytes = encodeDirectory(entries, endOf(entries));
    assert.deepEqual(lastEntry(bytes.subarray(-200), last.name), last);
    assert.equal(lastEntry(bytes, `${last.name}0`), null);
    assert.equal(lastEntry(bytes, last.name.slice(1)), null);
  }
  const bytes = encodeDirectory([], 0);
  assert.equal(lastEntry(bytes, "a"), null);
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(lastEntry(bytes.subarray(0, length), "a"), null);
  }
});

Deno.test("encodeLocalHeader() refuses a file of 4 GiB", () => {
  const entry = { name: "large", size: 2 ** 32, crc: 0, offset: 0 };
  assert.throws(() => encodeLocalHeader(entry), /expected less than 4 GiB, found 4294967296 bytes/);
});
