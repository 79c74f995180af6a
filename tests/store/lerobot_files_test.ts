import assert from "node:assert/strict";
import { join } from "node:path";
import { fileIndex, filePath } from "../../store/lerobot/layout.ts";
import { ParquetSeries } from "../../store/lerobot/parquet.ts";
import { ParquetSource } from "../../store/lerobot/parquet_read.ts";
import { fitsVideo, type VideoPlace, VideoSeries } from "../../store/lerobot/image_columns.ts";
import { VideoEncoder } from "../../view/video.ts";
import { withDirectory } from "./_episodes.ts";

Deno.test("filePath() begins a new chunk behind 1,000 files", () => {
  assert.equal(filePath(fileIndex(0), "mp4"), "chunk-000/file-000.mp4");
  assert.equal(filePath(fileIndex(999), "mp4"), "chunk-000/file-999.mp4");
  assert.equal(filePath(fileIndex(1000), "parquet"), "chunk-001/file-000.parquet");
});

Deno.test("fitsVideo() asks for even sides and a rate whose frames lie on the clock of MP4", () => {
  for (const fps of [10, 15, 20, 24, 25, 30, 50, 60, 250]) assert.ok(fitsVideo([48, 64, 3], fps));
  for (const fps of [70, 12.7, 1 / 3 + 7]) assert.ok(!fitsVideo([48, 64, 3], fps), `${fps}`);
  assert.ok(!fitsVideo([48, 63, 3], 20) && !fitsVideo([47, 64, 3], 20));
});

Deno.test("ParquetSeries closes files that are large enough, and keeps values of every kind", () =>
  withDirectory(async (directory) => {
    const series = new ParquetSeries(directory, [
      { name: "integer", type: "int64", depth: 0 },
      { name: "text", type: "string", depth: 1 },
      { name: "matrix", type: "float32", depth: 2 },
      { name: "truth", type: "bool", depth: 0 },
    ], 1);
    for (const value of [0, 1, 2]) {
      assert.deepEqual(await series.open(), { chunk: 0, file: value });
      await series.write({
        integer: [BigInt(value), 2n ** 60n],
        text: [["a"], []],
        matrix: [[[1, 2], [3, value]], [[4, 5], [6, 7]]],
        truth: [true, false],
      });
    }
    await series.finish();
    using source = await ParquetSource.open(join(directory, "chunk-000/file-002.parquet"));
    assert.deepEqual(source.columns, ["integer", "text", "matrix", "truth"]);
    const rows = await Array.fromAsync(source.read(source.columns));
    assert.deepEqual(rows.flat(), [
      { integer: 2n, text: ["a"], matrix: [[1, 2], [3, 2]], truth: true },
      { integer: 2n ** 60n, text: [], matrix: [[4, 5], [6, 7]], truth: false },
    ]);
  }));

Deno.test("VideoSeries says where episodes begin, and counts anew in each file", () =>
  withDirectory(async (directory) => {
    const format = { width: 16, height: 16, fps: 10 }, size = 16 * 16 * 3;
    const limit = 3000; // bytes: some images of noise
    using series = new VideoSeries(directory, VideoEncoder.open, format, limit);
    const noise = (frames: number) =>
      Uint8Array.from({ length: frames * size }, (_, i) => Math.imul(i, 2654435761) >>> 24);
    const places: VideoPlace[] = [];
    for (let episode = 0; episode < 6; episode++) places.push(await series.add(noise(5)));
    series.finish();
    const files = Math.max(...places.map(({ file }) => file)) + 1;
    assert.ok(files > 1 && files < 6, `${files} files`);
    for (const [i, { file, from, to }] of places.entries()) {
      const previous = places[i - 1];
      assert.equal(from, previous?.file === file ? previous.to : 0);
      assert.equal(Math.round((to - from) * 10), 5);
    }
    const names = [...Deno.readDirSync(join(directory, "chunk-000"))].map(({ name }) => name);
    assert.equal(names.length, files);
  }));
