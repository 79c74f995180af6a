import { StoreWriter } from "../../../store/zarr/writer.ts";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { FileBlobs } from "../../../store/blobs/file_blobs.ts";
import { publishDataset, verifyPublished } from "../../../store/blobs/publish.ts";
import { S3Blobs } from "../../../store/blobs/s3_blobs.ts";
import { exportDataset } from "../../../store/foreign.ts";
import { mergeDatasets, openDataset, readCommit, verifyDirectory } from "../../../store/mod.ts";
import { withDirectory, writeChain } from "../_episodes.ts";
import { MemoryS3 } from "./_memory_s3.ts";

const LIMITS = { attempts: 3, firstWait: 1 };

async function writeDataset(directory: string, seed = 1): Promise<string> {
  const { generate, filter } = await writeChain(join(directory, `of-${seed}`), { seed });
  const input = { name: "g", directory: generate, verdicts: filter, lastShard: 2, limit: 12 };
  const split = { train: 0.8, validation: 0.1, test: 0.1 };
  const dataset = join(directory, `merge-${seed}`);
  await mergeDatasets(dataset, [input], { seed, stream: "merge", split });
  return dataset;
}

async function withStore(
  test: (directory: string, store: MemoryS3, blobs: S3Blobs) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    await using store = await MemoryS3.start();
    const blobs = new S3Blobs({ bucket: "robots", prefix: "reach" }, store.settings, LIMITS);
    await test(directory, store, blobs);
  });
}

Deno.test("publishDataset() copies every file with its bytes, and the commit last", () =>
  withStore(async (directory, store, blobs) => {
    const dataset = await writeDataset(directory), commit = await readCommit(dataset);
    const { digest, isOld } = await publishDataset(dataset, blobs);
    assert.deepEqual([digest, isOld], [commit!.digest, false]);
    assert.deepEqual(
      [...store.objects.keys()].sort(),
      ["commit.json", ...commit!.files.keys()].map((name) => `reach/${name}`).sort(),
    );
    for (const [key, bytes] of store.objects) {
      assert.deepEqual(bytes, await Deno.readFile(join(dataset, key.slice("reach/".length))));
    }
    assert.equal(
      store.requests.findLast((request) => request.startsWith("PUT")),
      "PUT /robots/reach/commit.json",
    );
    assert.equal((await publishDataset(dataset, blobs)).isOld, true);
    const { faults, notes, files } = await verifyPublished(blobs);
    assert.deepEqual([faults, notes, files], [[], [], commit!.files.size]);
  }));

Deno.test("publishDataset() copies a dataset of very many files with its index", () =>
  withDirectory(async (directory) => {
    const dataset = join(directory, "many"), blobs = new FileBlobs(join(directory, "bucket"));
    using writer = new StoreWriter(dataset);
    await writer.write("zarr.json", "{}");
    for (let i = 0; i < 4100; i++) await writer.write(`data/x/c.${i}`, `${i}`);
    const { digest } = await writer.commit({ kind: "merge" });
    assert.equal((await publishDataset(dataset, blobs)).digest, digest);
    assert.equal((await publishDataset(dataset, blobs)).isOld, true);
    const { faults, notes, files } = await verifyPublished(blobs);
    assert.deepEqual([faults, notes, files], [[], [], 4101]);
  }));

Deno.test("publishDataset() completes what was cut short, wherever that was", () =>
  withStore(async (directory, store, blobs) => {
    const dataset = await writeDataset(directory);
    const { files } = (await readCommit(dataset))!, total = files.size + 1;
    for (let cut = 1; cut < total; cut += 5) {
      store.objects.clear();
      const stop = new AbortController();
      const onProgress = ({ files }: { readonly files: number }) => {
        if (files >= cut) stop.abort();
      };
      if (cut > 1) {
        await assert.rejects(publishDataset(dataset, blobs, { signal: stop.signal, onProgress }));
        await assert.rejects(verifyPublished(blobs), {
          name: "InvalidInputError",
          message: /expected commit.json, found none/,
        });
      }
      await publishDataset(dataset, blobs);
      assert.deepEqual((await verifyPublished(blobs)).faults, []);
    }
  }));

Deno.test("publishDataset() refuses a place with another dataset, whole or cut short", () =>
  withStore(async (directory, store, blobs) => {
    const [one, other] = [await writeDataset(directory), await writeDataset(directory, 2)];
    await publishDataset(one, blobs);
    const refused = {
      name: "InvalidInputError",
      message:
        'Cannot export to "s3://robots/reach": expected nothing, or the same dataset, found ' +
        "another: choose another prefix",
    };
    const before = new Map(store.objects);
    await assert.rejects(publishDataset(other, blobs), refused);
    store.objects.delete("reach/commit.json");
    await assert.rejects(publishDataset(other, blobs), refused);
    before.delete("reach/commit.json");
    assert.deepEqual(store.objects, before);
    const racers = await Promise.allSettled(
      [one, one, one, other].map((dataset) => publishDataset(dataset, blobs)),
    );
    assert.deepEqual(racers.map(({ status }) => status), [
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
    ]);
  }));

Deno.test("verifyPublished() names every object that is damaged or gone, and those of nobody", () =>
  withStore(async (directory, store, blobs) => {
    await publishDataset(await writeDataset(directory), blobs);
    store.objects.get("reach/data/action/c.0.0")![9]! ^= 1;
    store.objects.delete("reach/meta/success/c.0");
    store.objects.set("reach/stray", new Uint8Array(1));
    const { faults, notes } = await verifyPublished(blobs);
    assert.deepEqual(faults.map(({ path }) => path), ["data/action/c.0.0", "meta/success/c.0"]);
    assert.match(
      faults[0]!.problem,
      /^array "data\/action", chunk 0: expected sha256 .*, found \w{64}: remove/,
    );
    assert.match(faults[1]!.problem, /found none: remove what is there and export/);
    assert.deepEqual(notes, ["objects that are no part of the dataset: 1 (stray)"]);
  }));

Deno.test("exportDataset() copies a dataset with its digest, or some of its episodes", () =>
  withDirectory(async (directory) => {
    const dataset = await writeDataset(directory), copy = join(directory, "copy");
    await exportDataset(dataset, copy, "zarr");
    assert.deepEqual(await readCommit(copy), await readCommit(dataset));
    assert.deepEqual((await verifyDirectory(copy)).faults, []);
    assert(
      !readdirSync(copy, { recursive: true, encoding: "utf8" }).some((name) =>
        name.endsWith(".tmp")
      ),
    );
    const part = join(directory, "part"), whole = await openDataset(dataset);
    await exportDataset(dataset, part, "zarr", { episodes: [2, 3, 7] });
    const chosen = await openDataset(part);
    assert.deepEqual((await verifyDirectory(part)).faults, []);
    const candidates = async (of: typeof whole) => [...(await of.readEpisodes("candidate")).data];
    const all = await candidates(whole);
    assert.deepEqual(await candidates(chosen), [all[2], all[3], all[7]]);
    const blobs = new FileBlobs(copy);
    assert.deepEqual((await verifyPublished(blobs)).faults, []);
  }));
