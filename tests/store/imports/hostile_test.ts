import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../../core/random.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import { ParquetFile } from "../../../store/lerobot/parquet.ts";
import { ParquetSource } from "../../../store/lerobot/parquet_read.ts";
import { withDirectory } from "../_episodes.ts";
import { importHostile } from "./_hostile.ts";

Deno.test("importDataset() refuses hostile datasets, or imports them whole, and writes nowhere else", () =>
  withDirectory(async (directory) => {
    for (let index = 0; index < 10; index++) {
      const root = join(directory, String(index));
      await Deno.mkdir(root);
      const { name, faults } = await importHostile(root, 1, index);
      assert.deepEqual(faults, [], name);
    }
  }));

Deno.test("ParquetSource refuses or reads a file of which bytes were changed, and comes to an end", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "file.parquet");
    const file = new ParquetFile(path, [
      { name: "index", type: "int64", depth: 0 },
      { name: "text", type: "string", depth: 0 },
      { name: "vector", type: "float32", depth: 1 },
    ]);
    const rows = Array.from({ length: 40 }, (_, row) => row);
    await file.write({
      index: rows.map(BigInt),
      text: rows.map((row) => `text ${row % 3}`),
      vector: rows.map((row) => [row, -row]),
    });
    await file.finish();
    const whole = fs.readFileSync(path);
    let refused = 0;
    for (let trial = 0; trial < 300; trial++) {
      const random = createRandom(9, "flips", trial), bytes = Uint8Array.from(whole);
      for (let flips = 1 + random.integer(3); flips > 0; flips--) {
        // Large numbers are the ones that ask for much.
        bytes[random.integer(bytes.length)] = random.integer(3) === 0 ? 255 : random.integer(256);
      }
      fs.writeFileSync(path, bytes);
      try {
        using source = await ParquetSource.open(path);
        for await (const read of source.read(source.columns)) assert.ok(read.length <= 40);
      } catch (error) {
        assert.ok(error instanceof InvalidInputError, `${trial}: ${error}`);
        refused++;
      }
    }
    assert.ok(refused > 0);
  }));
