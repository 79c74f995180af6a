import { typedData } from "../../../core/episode.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  listShards,
  listStoredShards,
  packedPath,
  readCommit,
  readShard,
  readVerdicts,
  shardDirectory,
  writeShard,
  writeVerdicts,
} from "../../../store/mod.ts";
import { drawTable, SCHEMA, verdictOf, withDirectory } from "../_episodes.ts";
import { packCommit } from "../../../store/bucket/archives.ts";
import type { CommitFigures } from "../../../store/files/read_commit.ts";
import { CommittedFiles } from "../../../store/zarr/reader.ts";
import { directoryOffset } from "../../../store/files/zip.ts";
import { flipPacked, unpack } from "../_packed.ts";

Deno.test("readShard() gives what writeShard() was given", () =>
  withDirectory(async (directory) => {
    for (let seed = 0; seed < 12; seed++) {
      const table = drawTable({ seed, episodes: seed % 5, longest: seed % 4 === 0 ? 0 : 30 });
      const shard = shardDirectory(directory, seed);
      const written = await writeShard(shard, table, { schema: SCHEMA, counts: { seed } });
      const { table: read, schema, commit } = await readShard(shard);
      assert.deepEqual(read, table);
      assert.deepEqual(schema, SCHEMA);
      assert.deepEqual(commit, written);
      assert.deepEqual(await readCommit(shard), written);
      assert.deepEqual(commit.counts, { seed });
    }
  }));

Deno.test("listStoredShards() finds committed shards of a range, gaps and all, and no links", () =>
  withDirectory(async (directory) => {
    const find = async (first: number, end: number) => {
      const found = await Array.fromAsync(listStoredShards(directory, { first, end }));
      return found.map(({ shard, commit }) => [shard, commit.counts["accepted"]]);
    };
    assert.deepEqual(await find(0, 9), []);
    for (const shard of [0, 2, 3, 5, 1000]) {
      await writeVerdicts(shardDirectory(directory, shard), [], { counts: { accepted: shard } });
    }
    await Deno.mkdir(shardDirectory(directory, 4));
    await Deno.symlink(shardDirectory(directory, 5), shardDirectory(directory, 6));
    assert.deepEqual(await find(2, 1000), [[2, 2], [3, 3], [5, 5]]);
    await flipPacked(shardDirectory(directory, 2), "commit.json", 0.5);
    await assert.rejects(find(0, 9), { name: "DamagedStoreError" });
  }));

Deno.test("writeShard() writes the same bytes for the same episodes", () =>
  withDirectory(async (directory) => {
    const archives = [];
    for (const name of ["a", "b"]) {
      await writeShard(join(directory, name), drawTable(), { schema: SCHEMA });
      archives.push(await Deno.readFile(join(directory, `${name}.zip`)));
    }
    assert.deepEqual(archives[0], archives[1]);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), [
      "a.zip",
      "b.zip",
    ]);
  }));

Deno.test("writeShard() keeps NaN, infinities and negative zero to the bit", () =>
  withDirectory(async (directory) => {
    const table = drawTable();
    const rewards = typedData(table.step["reward"]!.data, Float32Array);
    rewards.set([NaN, Infinity, -Infinity, -0]);
    await writeShard(directory, table, { schema: SCHEMA });
    const read = (await readShard(directory)).table.step["reward"]!.data;
    assert.deepEqual(new Uint8Array(read.buffer), new Uint8Array(rewards.buffer));
  }));

Deno.test("writeShard() throws and commits nothing when a column is missing", () =>
  withDirectory(async (directory) => {
    const { step: { action: _, ...step }, ...table } = drawTable();
    await assert.rejects(writeShard(directory, { ...table, step }, { schema: SCHEMA }), {
      name: "RangeError",
      message: 'Cannot write column "action": expected float32, found none',
    });
    assert.equal(await readCommit(directory), null);
  }));

Deno.test("readShard() throws when nothing is committed", () =>
  withDirectory(async (directory) => {
    await assert.rejects(readShard(directory), {
      name: "DamagedStoreError",
      message: `Cannot open "${directory}": expected commit.json, found none: run the stage again`,
    });
    await assert.rejects(readShard(`${directory}/elsewhere`), {
      name: "DamagedStoreError",
      message: /expected what a stage has written, found nothing: check the path/,
    });
  }));

Deno.test("readVerdicts() gives what writeVerdicts() was given, NaN included", () =>
  withDirectory(async (directory) => {
    const verdicts = Array.from({ length: 20 }, (_, candidate) => verdictOf(candidate));
    await writeVerdicts(directory, verdicts, { counts: { accepted: 13 } });
    assert.deepEqual(await readVerdicts(directory), verdicts);
    assert.equal((await readCommit(directory))!.counts["accepted"], 13);
  }));

Deno.test("listStoredShards() finds each shard once, packed or as a directory, and nothing else", () =>
  withDirectory(async (directory) => {
    const shards = [0, 1, 2, 4, 5].map((shard) =>
      [shard, shardDirectory(directory, shard)] as const
    );
    for (const [shard, place] of shards) {
      await writeShard(place, drawTable({ first: 8 * shard }), { schema: SCHEMA });
    }
    await unpack(shardDirectory(directory, 1));
    await unpack(shardDirectory(directory, 2));
    await writeShard(shardDirectory(directory, 2), drawTable({ first: 16 }), { schema: SCHEMA });
    const folder = join(directory, "shards");
    await Deno.symlink("000000.zip", join(folder, "000003.zip"));
    await Deno.writeTextFile(join(folder, ".zip"), "");
    await Deno.mkdir(join(folder, "0x1"));
    const found = new Map<number, string>();
    for await (const { shard, commit } of listStoredShards(directory, { first: 0, end: 5 })) {
      assert(!found.has(shard), `shard ${shard} twice`);
      found.set(shard, commit.digest);
    }
    assert.deepEqual([...found.keys()].sort(), [0, 1, 2, 4]);
    for (const [shard, digest] of found) {
      assert.equal((await readCommit(shardDirectory(directory, shard)))!.digest, digest);
    }
    assert.deepEqual(listShards(directory, { first: 0, count: 3 }).length, 3);
  }));

Deno.test("listStoredShards() finds a shard as it was committed or not at all, whatever byte changed", () =>
  withDirectory(async (directory) => {
    const place = shardDirectory(directory, 7), path = packedPath(place);
    const find = () => Array.fromAsync(listStoredShards(directory, { first: 0, end: 9 }));
    const options = { schema: SCHEMA, counts: { accepted: 5 } };
    const figures = figuresOf(await writeShard(place, drawTable(), options));
    const archive = await Deno.readFile(path), list = directoryOffset(archive)!;
    const bytes = archive.slice(), from = list - 4000;
    let seen = 0, tried = 0;
    for (let at = from; at < bytes.length; at += 29, tried++) {
      bytes[at]! ^= 4;
      await Deno.writeFile(path, bytes);
      const found = await find().catch((error: Error) => error.name);
      // A commit of another name is none: then the shard is made anew.
      if (found !== "DamagedStoreError" && found.length > 0) {
        assert.deepEqual(found, [{ shard: 7, commit: figures }], `byte ${at}`);
        seen++;
      }
      bytes[at]! ^= 4;
    }
    // Damage before the commit, and in the list of the other files, is left to whoever opens them.
    assert(seen > 0 && seen < tried, `${seen} of ${tried}`);
    for (const length of [0, 10, list, bytes.length - 1]) {
      await Deno.writeFile(path, bytes.subarray(0, length));
      await assert.rejects(find(), { name: "DamagedStoreError" });
    }
    await Deno.remove(path);
    assert.deepEqual(await find(), []);
  }));

Deno.test("listStoredShards() finds the figures of any commit, however long and whatever its words", () =>
  withDirectory(async (directory) => {
    const texts = [
      ...[1000, 16_000, 17_000, 100_000].map((length) => "x".repeat(length)),
      ',"files":{',
      '"checksum":"',
      "größer {\u2028}",
    ];
    const expected = [];
    for (const [shard, text] of texts.entries()) {
      const place = shardDirectory(directory, shard);
      const attributes = { text, [text.slice(0, 20)]: { checksum: text, counts: 1, files: {} } };
      const options = { schema: SCHEMA, attributes, counts: { accepted: shard } };
      const commit = await writeShard(place, drawTable(), options);
      expected.push({ shard, commit: figuresOf(commit) });
    }
    const found = await Array.fromAsync(listStoredShards(directory, { first: 0, end: 99 }));
    assert.deepEqual(
      found.map(({ shard, commit }) => ({ shard, commit: figuresOf(commit) })),
      expected,
    );
  }));

Deno.test("listStoredShards() refuses a shard of a newer version, and one whose counts are none", () =>
  withDirectory(async (directory) => {
    const place = shardDirectory(directory, 0);
    const find = () => Array.fromAsync(listStoredShards(directory, { first: 0, end: 9 }));
    const commit = await writeShard(place, drawTable(), {
      schema: SCHEMA,
      counts: { accepted: 5 },
    });
    const stored = CommittedFiles.open(place), paths = [...commit.files.keys()];
    const files = new Map(paths.map((path) => [path, stored.read(path)]));
    const pack = async (changed: object) => {
      const archive = packCommit({ ...commit, ...changed }, (path) => files.get(path)!);
      await Deno.writeFile(packedPath(place), archive);
    };
    await pack({});
    assert.equal((await find()).length, 1);
    await pack({ schemaVersion: 3 });
    await assert.rejects(find(), { name: "SchemaVersionError" });
    await pack({ counts: { accepted: "5" } });
    await assert.rejects(find(), { name: "DamagedStoreError", message: /no number as count/ });
  }));

/** What a look tells of a commit. */
function figuresOf({ attributes, counts, digest }: CommitFigures): CommitFigures {
  return { attributes, counts, digest };
}
