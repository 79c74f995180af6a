import assert from "node:assert/strict";
import { join } from "node:path";
import { exportDataset } from "../../../store/foreign.ts";
import {
  acquireLock,
  mergeDatasets,
  openRunDirectory,
  readShard,
  removeStrays,
  saveCheckpoint,
  shardDirectory,
  verifyDirectory,
  writeShard,
} from "../../../store/mod.ts";
import { diskTest, withDisk } from "../_disk.ts";
import { drawTable, SCHEMA, withDirectory, writeChain } from "../_episodes.ts";

diskTest(
  "writeShard() says that the disk is full, and the store still opens",
  () =>
    withDisk("size=1m", async (disk) => {
      await writeShard(shardDirectory(disk, 0), drawTable(), { schema: SCHEMA });
      const large = drawTable({ episodes: 400, longest: 200 });
      await assert.rejects(writeShard(shardDirectory(disk, 1), large, { schema: SCHEMA }), {
        name: "StoreAccessError",
        message: new RegExp(
          `^Cannot write "${disk}/shards/000001\\.zip": expected free space, found the disk full: free some, or set ` +
            "SLUICE_HOME to another directory, and run again; what is committed stays$",
        ),
      });
      assert.deepEqual((await readShard(shardDirectory(disk, 0))).table, drawTable());
      assert.deepEqual((await verifyDirectory(disk)).faults, []);
      assert.equal(await removeStrays(disk), 0, "temporaries were left");
      assert.deepEqual(listTemporaries(disk), []);
    }),
);

diskTest(
  "exportDataset() says that the disk is full, and leaves no file",
  () =>
    withDirectory(async (directory) => {
      const { generate } = await writeChain(directory, { shards: 9, size: 32 });
      const input = { name: "g", directory: generate, verdicts: null, lastShard: 8, limit: 280 };
      const split = { train: 1, validation: 0, test: 0 };
      const dataset = join(directory, "merge");
      await mergeDatasets(dataset, [input], { seed: 1, stream: "merge", split });
      await withDisk("size=4m", async (disk) => {
        await assert.rejects(exportDataset(dataset, join(disk, "reach.h5"), "hdf5"), {
          name: "StoreAccessError",
          message: /found the disk full/,
        });
        assert.deepEqual([...Deno.readDirSync(disk)], []);
      });
    }),
);

diskTest(
  "every write says that the disk is read-only, and reading goes on",
  () =>
    withDisk("size=4m", async (disk, remount) => {
      await writeShard(join(disk, "a"), drawTable(), { schema: SCHEMA });
      await remount("ro");
      const writes = [
        () => writeShard(join(disk, "b"), drawTable(), { schema: SCHEMA }),
        () => acquireLock(disk, "reach-a"),
        () => openRunDirectory(disk, "reach-expert", { owner: "a" }),
        () => saveCheckpoint(disk, 1, { tensors: {}, state: null }),
      ];
      for (const write of writes) {
        await assert.rejects(write(), {
          name: "StoreAccessError",
          message: /expected a writable disk, found it read-only: remount it/,
        });
      }
      assert.deepEqual((await readShard(join(disk, "a"))).table, drawTable());
    }),
);

Deno.test("writeShard() says that a file is in the place of a directory", () =>
  withDirectory(async (directory) => {
    await Deno.writeTextFile(join(directory, "stages"), "a file");
    await assert.rejects(writeShard(join(directory, "stages/a"), drawTable(), { schema: SCHEMA }), {
      name: "StoreAccessError",
      message: /expected a directory, found a file in its place/,
    });
  }));

function listTemporaries(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory) return listTemporaries(path);
    return entry.name.endsWith(".tmp") ? [path] : [];
  });
}
