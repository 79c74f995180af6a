import assert from "node:assert/strict";
import { join } from "node:path";
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
