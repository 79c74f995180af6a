import assert from "node:assert/strict";
import { join } from "node:path";
import { canonicalJson } from "../../../core/canonical.ts";
import { createRandom } from "../../../core/random.ts";
import {
  type Commit,
  CommittedFiles,
  readCommit,
  sumsOf,
  verifyDirectory,
} from "../../../store/mod.ts";
import { createCommit, hashOf } from "../../../store/files/commit.ts";
import { encodeIndex, FileIndex, INDEX_FILE } from "../../../store/files/file_index.ts";
import { StoreWriter } from "../../../store/zarr/writer.ts";
import { withDirectory } from "../_episodes.ts";

/** Names of every form, with gaps, so many as they are told. */
function drawFiles(seed: number, count: number): ReadonlyMap<string, string> {
  const random = createRandom(seed, "files", 0), files = new Map<string, string>();
  const names = [
    (i: number) => `data/reward/c.${i}`,
    (i: number) => `data/image/c.${i}.0.0`,
    (i: number) => `../../shards/${String(i).padStart(6, "0")}/commit.json`,
    (i: number) => `shards/${i + 999_990}/commit.json`,
    (i: number) => `data/c.${i}/zarr.json`,
    (i: number) => `checkpoints/${i}.bin`,
    (i: number) => `data/x/c.${String(i).padStart(2, "0")}`,
    (i: number) => `tüte/${i}.0.0`,
  ];
  while (files.size < count) {
    const path = names[random.integer(names.length)]!(random.integer(count));
    files.set(path, hashOf(path + seed));
  }
  return files;
}

Deno.test("FileIndex has what encodeIndex() was given, and nothing else", () => {
  for (const [seed, count] of [[1, 0], [2, 1], [3, 7], [4, 500], [5, 3000]] as const) {
    const files = drawFiles(seed, count), index = new FileIndex(encodeIndex(files));
    assert.equal(index.size, files.size);
    assert.deepEqual(new Map(index), files);
    assert.deepEqual(new Set(index.keys()), new Set(files.keys()));
    for (const [path, hash] of files) assert.equal(index.get(path), hash);
    const others = drawFiles(seed + 10, count);
    for (const path of [...others.keys(), "", "x", "data/reward/c.007", "data/reward/c.1.0"]) {
      assert.equal(index.has(path), files.has(path), path);
      assert.equal(index.get(path), files.get(path), path);
    }
    assert.equal(sumsOf(index), sumsOf(files));
    // The order in which files were written changes no byte.
    assert.deepEqual(encodeIndex(new Map([...files].reverse())), encodeIndex(files));
  }
});

Deno.test("encodeIndex() takes 32 bytes a chunk, and little more", () => {
  const chunks = Array.from({ length: 50_000 }, (_, i) => `data/observation/joint_pos/c.${i}.0`);
  const bytes = encodeIndex(new Map(chunks.map((path) => [path, hashOf(path)])));
  assert.ok(bytes.length < 32 * chunks.length + 200, `${bytes.length}`);
});

Deno.test("FileIndex refuses what is no index, or leads out of its place", () => {
  const encode = (header: unknown, hashes = 1) => {
    const text = new TextEncoder().encode(
      typeof header === "string" ? header : JSON.stringify(header),
    );
    const bytes = new Uint8Array(12 + text.length + 32 * hashes);
    bytes.set(new TextEncoder().encode("sluice\0\x01"));
    new DataView(bytes.buffer).setUint32(8, text.length, true);
    bytes.set(text, 12);
    return bytes;
  };
  const one = { prefix: "data/x/c.", suffix: "", digits: 0, first: 0, count: 1 };
  assert.equal(new FileIndex(encode({ single: [], series: [one] })).size, 1);
  const hostile = [
    ...["../x", "/etc/passwd", "", "a//b", "./a", "a/..", "../../../x"].map((path) => ({
      single: [path],
      series: [],
    })),
    ...[
      { prefix: "../x/c." },
      { prefix: "/x/c." },
      { prefix: "data/x/" },
      { suffix: "/../../x" },
      { digits: 1e9 },
      { digits: -1 },
      { count: 0 },
      { count: 2 },
      { count: 2 ** 60 },
      { first: -1 },
      { first: 0.5 },
      { first: "0" },
    ]
      .map((change) => ({ single: [], series: [{ ...one, ...change }] })),
    ...[null, [], {}, { single: [], series: [null] }, { single: [1], series: [] }, {
      single: ["a"],
      series: [one],
    }, { single: [], series: [] }],
    "{",
    '"x"',
  ];
  for (const header of hostile) {
    assert.throws(() => new FileIndex(encode(header)), RangeError, JSON.stringify(header));
  }
  const whole = encode({ single: ["a"], series: [] });
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => new FileIndex(whole.subarray(0, length)), RangeError);
  }
});

/** Writes so many files and commits them. */
async function writeMany(directory: string, count: number): Promise<Commit> {
  using writer = new StoreWriter(directory);
  for (let i = 0; i < count; i++) await writer.write(`data/x/c.${i}`, `${i}`);
  await writer.write("zarr.json", "{}");
  return await writer.commit({ kind: "merge", counts: { total_episodes: count } });
}

Deno.test("a commit of very many files has an index, and the digest of their lines", () =>
  withDirectory(async (directory) => {
    const few = join(directory, "few"), many = join(directory, "many");
    await writeMany(few, 4094);
    assert.equal(existing(few, INDEX_FILE), false);
    const written = await writeMany(many, 4100);
    assert.equal(existing(many, INDEX_FILE), true);
    assert.ok(Deno.statSync(join(many, "commit.json")).size < 1000);
    const commit = (await readCommit(many))!;
    assert.equal(commit.digest, hashOf(sumsOf(new Map(written.files))));
    assert.deepEqual(new Map(commit.files), written.files);
    assert.equal(CommittedFiles.open(many).readText("data/x/c.4099"), "4099");
    const { faults, files, commits } = await verifyDirectory(many);
    assert.deepEqual([faults, files, commits], [[], 4101, 1]);
  }));

Deno.test("a commit of very many files of before, without an index, opens", () =>
  withDirectory(async (directory) => {
    const { schemaVersion: _, files, ...rest } = await writeMany(directory, 4100);
    const content = { ...rest, files: Object.fromEntries(files), schemaVersion: 1 };
    const text = canonicalJson({ ...content, checksum: hashOf(canonicalJson(content)) }) + "\n";
    Deno.writeTextFileSync(join(directory, "commit.json"), text);
    Deno.removeSync(join(directory, INDEX_FILE));
    const commit = (await readCommit(directory))!;
    assert.deepEqual(new Map(commit.files), files);
    assert.deepEqual((await verifyDirectory(directory)).faults, []);
  }));

Deno.test("damage to an index is named where files are asked for, and by verify", () =>
  withDirectory(async (directory) => {
    const { digest } = await writeMany(directory, 4100), path = join(directory, INDEX_FILE);
    const whole = Deno.readFileSync(path);
    const flipped = whole.slice(),
      other = encodeIndex(createCommit(new Map([["a", "0".repeat(64)]]), { kind: "x" }).files);
    flipped[5000]! ^= 1;
    for (const bytes of [flipped, whole.subarray(0, 1000), other, null]) {
      if (bytes === null) Deno.removeSync(path);
      else Deno.writeFileSync(path, bytes);
      const found = bytes === null ? "none" : "another checksum";
      const message = `Cannot open "${path}": expected the index of a commit, found ${found}: ` +
        "remove its directory and run the stage again";
      const commit = (await readCommit(directory))!;
      assert.equal(commit.digest, digest);
      assert.throws(() => commit.files.get("data/x/c.7"), { name: "DamagedStoreError", message });
      const { faults } = await verifyDirectory(directory);
      assert.deepEqual(faults.map(({ problem }) => problem), [message]);
    }
  }));

function existing(directory: string, name: string): boolean {
  return Deno.statSync(directory).isDirectory &&
    [...Deno.readDirSync(directory)].some((entry) => entry.name === name);
}
