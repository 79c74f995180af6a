import assert from "node:assert/strict";
import { DiskWatch, findDiskFault } from "../../../runtime/services/disk_fault.ts";
import { diskTest, withDisk } from "../../store/_disk.ts";
import { withDirectory } from "../../store/_episodes.ts";

diskTest("DiskWatch tells once that a disk is full, and once that it is not", async () => {
  await withDisk("size=1m", async (disk, remount) => {
    const watch = new DiskWatch(disk), filling = `${disk}/filling`;
    assert.equal(await watch.next(0), null);
    await Deno.writeFile(filling, new Uint8Array(1_000_000));
    await remount("size=980k");
    assert.equal(await watch.next(4), null); // too early for another look
    assert.match((await watch.next(5))!, /found the disk full: free some/);
    assert.equal(await watch.next(10), null);
    await Deno.remove(filling);
    assert.equal(await watch.next(15), "The data directory is writable again");
    assert.equal(await watch.next(20), null);
  });
});

Deno.test("findDiskFault() finds none while several commands look at one directory", async () => {
  await withDirectory(async (root) => {
    const faults = await Promise.all(Array.from({ length: 8 }, () => findDiskFault(root)));
    assert.deepEqual(faults, Array(8).fill(null));
  });
});
