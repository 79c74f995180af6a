import assert from "node:assert/strict";
import { join } from "node:path";
import {
  acquireLock,
  exportDataset,
  mergeDatasets,
  openRunDirectory,
  readShard,
  removeStrays,
  saveCheckpoint,
  verifyDirectory,
  writeShard,
} from "../../store/mod.ts";
import { drawTable, SCHEMA, withDirectory, writeChain } from "./_episodes.ts";

/** A disk of its own, as only root can make one. */
async function withDisk(
  options: string,
  test: (disk: string) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    await command("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory);
    try {
      await test(directory);
    } finally {
      await command("umount", directory);
    }
  });
}

async function command(name: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Why no disk can be made here, null where one can. */
async function whyNoDisk(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "disks are made as Linux does";
  if (Deno.uid() !== 0) return "only root can make a disk";
  try {
    await withDisk("size=64k", () => Promise.resolve());
    return null;
  } catch {
    return "no disk can be made here";
  }
}

const reason = await whyNoDisk();

function diskTest(name: string, test: () => Promise<void>): void {
  const skipped = reason === null ? "" : ` (skipped: ${reason})`;
  Deno.test({ name: name + skipped, ignore: reason !== null, fn: test });
}

diskTest(
  "writeShard() says that the disk is full, and the store still opens",
  () =>
    withDisk("size=1m", async (disk) => {
      await writeShard(join(disk, "a"), drawTable(), { schema: SCHEMA });
      const large = drawTable({ episodes: 400, longest: 200 });
      await assert.rejects(writeShard(join(disk, "b"), large, { schema: SCHEMA }), {
        name: "StoreAccessError",
        message: new RegExp(
          `^Cannot write "${disk}/b/.*": expected free space, found the disk full: free some, or set ` +
            "SLUICE_HOME to another directory, and run again; what is committed stays$",
        ),
      });
      assert.deepEqual((await readShard(join(disk, "a"))).table, drawTable());
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
    withDisk("size=4m", async (disk) => {
      await writeShard(join(disk, "a"), drawTable(), { schema: SCHEMA });
      await command("mount", "-o", "remount,ro", disk);
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
