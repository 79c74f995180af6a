import { createHash } from "node:crypto";
import { type Column, type EpisodeTable, rowSize } from "../../core/episode.ts";

/**
 * One SHA-256 per episode, over the rows of its step fields in the order of their names.
 *
 * @param counts Whether a field counts
 * @returns 64 hex digits each
 */
export function digestEpisodes(
  { lengths, step }: Pick<EpisodeTable, "lengths" | "step">,
  counts: (field: string) => boolean,
): readonly string[] {
  const columns = Object.entries(step).filter(([name]) => counts(name))
    .sort(([a], [b]) => a < b ? -1 : 1);
  let row = 0;
  return Array.from(lengths, (length) => {
    const hash = createHash("sha256");
    for (const [name, column] of columns) {
      hash.update(`${name} ${length}\n`).update(bytesOf(column, row, length));
    }
    row += length;
    return hash.digest("hex");
  });
}

function bytesOf({ data, shape }: Column, first: number, count: number): Uint8Array {
  const size = rowSize(shape);
  const rows = data.subarray(first * size, (first + count) * size);
  return new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
}
