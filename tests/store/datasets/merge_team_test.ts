import assert from "node:assert/strict";
import { join } from "node:path";
import {
  mergeDatasets,
  type MergeInput,
  type MergeOptions,
  packedPath,
  shardDirectory,
} from "../../../store/mod.ts";
import { whyNoDisk, withDisk } from "../_disk.ts";
import { withDirectory, writeChain } from "../_episodes.ts";

/** Shards of two inputs. */
const SHARDS = [25, 20];

/** Any merge is large enough for threads. */
const ANY = { shards: 0, bytes: 0 };

const OPTIONS = {
  ...{ seed: 3, stream: "merge", largeFrom: ANY },
  split: { train: 0.8, validation: 0.1, test: 0.1 },
};

async function writeInputs(directory: string): Promise<readonly MergeInput[]> {
  return await Promise.all(SHARDS.map(async (shards, i) => {
    const name = `input-${i}`, seed = i + 1;
    const chain = await writeChain(join(directory, name), { shards, size: 3, seed });
    const { generate, filter } = chain, lastShard = shards - 1;
    return { name, directory: generate, verdicts: filter, lastShard, limit: 2 * shards - 7, seed };
  }));
}

function filesIn(directory: string): readonly string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(join(directory, name)) : [join(directory, name)]
  ).sort();
}

Deno.test("mergeDatasets() writes the same bytes with any number of threads", () =>
  withDirectory(async (directory) => {
    const inputs = await writeInputs(directory);
    for (const chunk of [32, 5, "auto"] as const) {
      const texts: string[] = [];
      for (const threads of chunk === 32 ? [1, 2, 3] : [1, 2]) {
        const target = join(directory, `merge-${chunk}-${threads}`);
        const done: number[] = [];
        const { files } = await mergeDatasets(target, inputs, {
          ...OPTIONS,
          chunk,
          threads,
          onProgress: ({ episodes }) => done.push(episodes),
        });
        assert.equal(done.at(-1), 2 * (25 + 20 - 7));
        assert.deepEqual(done, [...done].sort((a, b) => a - b));
        const expected = [...files.keys(), "commit.json"].map((file) => join(target, file));
        assert.deepEqual(filesIn(target), expected.sort());
        texts.push(await Deno.readTextFile(join(target, "commit.json")));
      }
      for (const text of texts) assert.equal(text, texts[0]);
    }
  }));

Deno.test("a merge on threads that fails or is stopped says why, and leaves nothing temporary", async (t) => {
  await withDirectory(async (directory) => {
    const inputs = await writeInputs(directory), target = join(directory, "merge");
    const merge = (options: Partial<MergeOptions>) =>
      mergeDatasets(target, inputs, { ...OPTIONS, threads: 2, chunk: 4, ...options });
    const leavesNoTemporaries = () =>
      assert.deepEqual(filesIn(target).filter((path) => !/(\.json|\/c[.\d]*)$/.test(path)), []);

    await t.step("where its run is cancelled", async () => {
      const controller = new AbortController(), { signal } = controller;
      const onProgress = () => controller.abort();
      await assert.rejects(merge({ signal, onProgress }), { name: "AbortError" });
      leavesNoTemporaries();
    });

    await t.step("where a shard is damaged", async () => {
      const path = packedPath(shardDirectory(inputs[1]!.directory, 9));
      const bytes = await Deno.readFile(path), spoilt = bytes.slice();
      const at = new TextDecoder("latin1").decode(bytes).indexOf("data/action/c"); // its chunk follows
      spoilt[at + 40]! ^= 1;
      await Deno.writeFile(path, spoilt);
      const messages: string[] = [];
      for (const threads of [1, 2]) {
        const failed = merge({ threads });
        await assert.rejects(failed, { name: "DamagedStoreError" });
        messages.push(await failed.then(String, (error) => error.message));
      }
      assert.equal(messages[1], messages[0]);
      assert.match(messages[0]!, /000009/);
      leavesNoTemporaries();
      await Deno.writeFile(path, bytes);
    });

    await t.step("where the disk is full", async () => {
      if (await whyNoDisk() !== null) return;
      await withDisk("size=200k", async (disk) => {
        await assert.rejects(
          mergeDatasets(join(disk, "merge"), inputs, { ...OPTIONS, threads: 2, chunk: 4 }),
          {
            name: "StoreAccessError",
            message: /the disk full/,
          },
        );
      });
    });
  });
});
