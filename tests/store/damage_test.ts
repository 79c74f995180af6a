import assert from "node:assert/strict";
import { join } from "node:path";
import {
  commitManifest,
  measureStored,
  mergeDatasets,
  packedPath,
  readShard,
  readStageCommit,
  verifyDirectory,
  writeProvenance,
  writeShard,
} from "../../store/mod.ts";
import { drawTable, flipBit, SCHEMA, withDirectory, writeChain } from "./_episodes.ts";
import { entriesOf, flipPacked, unpack } from "./_packed.ts";

Deno.test("readShard() names the file when any byte of any file is flipped, packed and as it was before", () =>
  withDirectory(async (directory) => {
    const shard = join(directory, "shard");
    const commit = await writeShard(shard, drawTable(), { schema: SCHEMA });
    const damage = async (
      file: string,
      flip: (path: string, position: number) => Promise<void>,
    ) => {
      for (const path of commit.files.keys()) {
        if (isGroupBelowRoot(path)) continue;
        const whole = await Deno.readFile(join(file, file.endsWith(".zip") ? "" : path));
        for (const position of [0, 0.3, 0.7, 0.999]) {
          await flip(path, position);
          await assert.rejects(readShard(shard), (error: Error) => {
            assert.equal(error.name, "DamagedStoreError");
            const [array, chunk] = path.split("/c.");
            const name = chunk === undefined ? `"${path}"` : `array "${array}", chunk 0`;
            assert(error.message.includes(name), error.message);
            return true;
          });
          await Deno.writeFile(join(file, file.endsWith(".zip") ? "" : path), whole);
        }
      }
      await readShard(shard);
    };
    await damage(packedPath(shard), (path, position) => flipPacked(shard, path, position));
    await unpack(shard);
    await damage(shard, (path, position) => flipBit(join(shard, path), position));
  }));

Deno.test("readShard() and verifyDirectory() find any damage to what an archive says of its files", () =>
  withDirectory(async (directory) => {
    const shard = join(directory, "shards/000000"), archive = packedPath(shard);
    await writeShard(shard, drawTable(), { schema: SCHEMA });
    const whole = await Deno.readFile(archive), entries = await entriesOf(shard);
    const headers = entries.map(({ offset }) => offset + 14), { length } = whole;
    for (const at of [...headers, ...[1, 9, 20, 99, 300, 1000].map((back) => length - back)]) {
      const damaged = whole.slice();
      damaged[at]! ^= 1;
      await Deno.writeFile(archive, damaged);
      const { faults } = await verifyDirectory(directory);
      assert.equal(faults[0]?.commit, "shards/000000.zip", `byte ${at}`);
    }
    for (const size of [0, 10, length - 500, length - 1]) {
      await Deno.writeFile(archive, whole.subarray(0, size));
      await assert.rejects(readShard(shard), {
        name: "DamagedStoreError",
        message: new RegExp(
          `^Cannot open "${archive}": expected the files of a shard, packed, found .*: remove it and run`,
        ),
      });
      assert.equal((await verifyDirectory(directory)).faults[0]?.commit, "shards/000000.zip");
    }
  }));

/** Groups hold nothing that a reader of arrays needs; only `verify` reads them. */
function isGroupBelowRoot(path: string): boolean {
  const group = path.replace(/\/?zarr\.json$/, "");
  const arrays = [...SCHEMA.step.map(({ name }) => `data/${name}`)];
  arrays.push(...SCHEMA.episode.map(({ name }) => `meta/${name}`), "meta/episode_ends");
  return path.endsWith("zarr.json") && group !== "" && !arrays.includes(group);
}

Deno.test("readShard() names a chunk that is gone instead of reading zeros", () =>
  withDirectory(async (directory) => {
    await writeShard(directory, drawTable(), { schema: SCHEMA });
    await unpack(directory);
    await Deno.remove(join(directory, "data/action/c.0.0"));
    await assert.rejects(readShard(directory), {
      name: "DamagedStoreError",
      message: `Cannot read "data/action/c.0.0" of "${directory}": expected the file that the ` +
        "commit names, found none: remove the directory and run the stage again",
    });
  }));

Deno.test("readStageCommit() finds files of a dataset that are gone, cut off or not as written", () =>
  withDirectory(async (directory) => {
    const { generate, filter } = await writeChain(directory), merge = join(directory, "merge");
    const input = { name: "a", directory: generate, verdicts: filter, lastShard: 2, limit: 9 };
    const split = { train: 1, validation: 0, test: 0 };
    const commit = await mergeDatasets(merge, [input], { seed: 1, stream: "merge", split });
    assert.deepEqual(await readStageCommit(merge), commit);
    const damages: readonly [string, (file: string) => Promise<void>, RegExp][] = [
      ["data/reward/c.0", (file) => Deno.remove(file), /c\.0": expected the file .* found none/],
      ["data/reward/c.0", (file) => Deno.truncate(file, 0), /c\.0": .* found other bytes/],
      ["data/action/c.0.0", (file) => Deno.truncate(file, 9), /expected \d+ bytes in its files/],
      ["zarr.json", (file) => flipBit(file, 0.5), /zarr\.json": .* found other bytes/],
      ["meta/success/zarr.json", (file) => flipBit(file, 0.5), /zarr\.json": .* found other/],
    ];
    for (const [path, damage, message] of damages) {
      const file = join(merge, path), whole = await Deno.readFile(file);
      await damage(file);
      await assert.rejects(readStageCommit(merge), (error: Error) => {
        assert.equal(error.name, "DamagedStoreError");
        assert.match(error.message, message);
        assert.ok(error.message.includes(`remove "${merge}" and run the pipeline again`));
        return true;
      });
      await Deno.writeFile(file, whole);
    }
    assert.deepEqual(await readStageCommit(merge), commit);
  }));

Deno.test("readStageCommit() names the shard whose commit is damaged, and misses one that is gone", () =>
  withDirectory(async (directory) => {
    const { generate } = await writeChain(directory, { shards: 2 });
    const manifest = join(generate, "manifests/0"), shard = join(generate, "shards/000001");
    await commitManifest(generate, manifest, { kind: "generate", lastShard: 1 });
    assert.notEqual(await readStageCommit(manifest), null);
    const archive = packedPath(shard), whole = await Deno.readFile(archive);
    await flipPacked(shard, "commit.json", 0.5);
    await assert.rejects(readStageCommit(manifest), {
      name: "DamagedStoreError",
      message: new RegExp(`commit\\.json": .*: remove "${archive}" and run`),
    });
    await Deno.truncate(archive, whole.length - 100);
    await assert.rejects(readStageCommit(manifest), {
      name: "DamagedStoreError",
      message: new RegExp(`^Cannot open "${archive}": .*: remove it and run`),
    });
    await Deno.remove(archive);
    assert.equal(await readStageCommit(manifest), null);
    await Deno.writeFile(archive, whole);
    await unpack(shard);
    await flipBit(join(shard, "commit.json"), 0.5);
    await assert.rejects(readStageCommit(manifest), {
      name: "DamagedStoreError",
      message: new RegExp(`commit\\.json": .*: remove "${shard}" and run`),
    });
  }));

Deno.test("readStageCommit() finds a chunk of a shard that is gone or of another size than it was written", () =>
  withDirectory(async (directory) => {
    const { generate } = await writeChain(directory, { shards: 2 });
    const manifest = join(generate, "manifests/0"), shard = join(generate, "shards/000001");
    const commit = await commitManifest(generate, manifest, { kind: "generate", lastShard: 1 });
    await writeProvenance(manifest, { bytes: measureStored(manifest, commit) });
    assert.deepEqual(await readStageCommit(manifest), commit);
    await unpack(shard);
    assert.deepEqual(await readStageCommit(manifest), commit);
    const chunk = join(shard, "data/action/c.0.0"), whole = await Deno.readFile(chunk);
    const damages: readonly [RegExp, () => Promise<void>][] = [
      [/expected \d+ bytes in its files, found \d+: /, () => Deno.truncate(chunk, 9)],
      [/expected \d+ bytes in its files, found \d+: /, () => Deno.truncate(chunk, 0)],
      [/c\.0\.0": expected the file that its commit names, found none/, () => Deno.remove(chunk)],
    ];
    for (const [problem, damage] of damages) {
      await damage();
      await assert.rejects(readStageCommit(manifest), (error: Error) => {
        assert.match(error.message, problem);
        assert.ok(error.message.includes(`remove "${shard}" and run the pipeline again`));
        return error.name === "DamagedStoreError";
      });
      await Deno.writeFile(chunk, whole);
    }
    assert.deepEqual(await readStageCommit(manifest), commit);
  }));

Deno.test("verifyDirectory() finds nothing wrong with what was written", () =>
  withDirectory(async (directory) => {
    const commit = await writeShard(directory, drawTable(), { schema: SCHEMA });
    const { faults, commits, files } = await verifyDirectory(directory);
    assert.deepEqual(faults, []);
    assert.equal(commits, 1);
    assert.equal(files, commit.files.size);
  }));

Deno.test("verifyDirectory() names every damaged file and goes on", () =>
  withDirectory(async (directory) => {
    await writeShard(join(directory, "a"), drawTable(), { schema: SCHEMA });
    await writeShard(join(directory, "b"), drawTable(), { schema: SCHEMA });
    for (const name of ["a", "b"]) await unpack(join(directory, name));
    await flipBit(join(directory, "a/data/reward/c.0"), 0.5);
    await flipBit(join(directory, "a/data/zarr.json"), 0.5);
    await Deno.remove(join(directory, "a/meta/success/c.0"));
    await flipBit(join(directory, "b/commit.json"), 0.5);
    const { faults } = await verifyDirectory(directory);
    assert.deepEqual(faults.map(({ path }) => path), [
      "a/data/reward/c.0",
      "a/data/zarr.json",
      "a/meta/success/c.0",
      "b/commit.json",
    ]);
    assert.match(faults[0]!.problem, /^array "data\/reward", chunk 0: expected sha256 \w+, found/);
    assert.match(faults[1]!.problem, /^file "data\/zarr.json": expected sha256/);
    assert.match(
      faults[2]!.problem,
      /^array "meta\/success", chunk 0: expected sha256 [0-9a-f]+, found none$/,
    );
    assert.match(faults[3]!.problem, /^Cannot open ".*b\/commit.json"/);
  }));

Deno.test("verifyDirectory() refuses a directory in which nothing is committed", () =>
  withDirectory(async (directory) => {
    await assert.rejects(verifyDirectory(directory), { name: "InvalidInputError" });
    await assert.rejects(verifyDirectory(join(directory, "none")), { name: "InvalidInputError" });
  }));
