import assert from "node:assert/strict";
import { join } from "node:path";
import { SluiceError } from "../../../core/errors.ts";
import { canonicalJson, type JsonValue } from "../../../core/canonical.ts";
import { createCommit, hashOf } from "../../../store/files/commit.ts";
import { commitText, decodeCommit } from "../../../store/files/commit_text.ts";
import {
  commitManifest,
  manifestDirectory,
  readCommit,
  readQuarantined,
  readStageCommit,
  shardDirectory,
  verifyDirectory,
  writeShard,
} from "../../../store/mod.ts";
import { drawTable, SCHEMA, withDirectory } from "../_episodes.ts";
import { unpack } from "../_packed.ts";

const SOURCE = { path: "/data", holder: "directory", read: () => null } as const;

/** The text of a commit with any content. */
function signed(content: Readonly<Record<string, JsonValue>>): string {
  return canonicalJson({ ...content, checksum: hashOf(canonicalJson(content)) }) + "\n";
}

/** Rewrites `commit.json` as text. */
async function edit(directory: string, change: (text: string) => string): Promise<void> {
  const path = join(directory, "commit.json");
  await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
}

Deno.test("readCommit() names a commit of which any byte changed", () =>
  withDirectory(async (directory) => {
    await writeShard(directory, drawTable(), { schema: SCHEMA, counts: { candidates: 8 } });
    await unpack(directory);
    const path = join(directory, "commit.json");
    const whole = await Deno.readFile(path);
    for (let index = 0; index < whole.length - 1; index += 7) {
      const damaged = whole.slice();
      damaged[index] = damaged[index]! ^ 1;
      await Deno.writeFile(path, damaged);
      await assert.rejects(readCommit(directory), (error) => {
        assert(error instanceof SluiceError);
        assert(error.message.startsWith(`Cannot open "${path}": `), error.message);
        return true;
      });
    }
  }));

Deno.test("readCommit() names a commit that was cut short", () =>
  withDirectory(async (directory) => {
    await writeShard(directory, drawTable(), { schema: SCHEMA });
    await unpack(directory);
    await edit(directory, (text) => text.slice(0, text.length / 2));
    await assert.rejects(readCommit(directory), {
      name: "DamagedStoreError",
      message: `Cannot open "${join(directory, "commit.json")}": expected a commit, found text ` +
        "that is no JSON: remove its directory and run the stage again",
    });
  }));

Deno.test("readCommit() refuses a newer schema version by its number", () =>
  withDirectory(async (directory) => {
    await writeShard(directory, drawTable(), { schema: SCHEMA });
    await unpack(directory);
    await edit(directory, (text) => text.replace('"schemaVersion":1', '"schemaVersion":7'));
    await assert.rejects(readCommit(directory), {
      name: "SchemaVersionError",
      message:
        `Cannot open "${join(directory, "commit.json")}": schema is 7, expected at most 2: ` +
        "open it with the newer Sluice that wrote it",
    });
  }));

Deno.test("decodeCommit() refuses what is no commit, whatever its checksum says", () => {
  const hash = "0".repeat(64), paths = ["data/c/0", "../../shards/000001/commit.json"];
  const commit = createCommit(new Map(paths.map((path) => [path, hash])), {
    kind: "merge",
    counts: { episodes: 1 },
    metrics: { loss: 0.5, of: "x" },
  });
  assert.deepEqual(decodeCommit(commitText(commit), SOURCE), commit);
  const names = ["../x", "/etc/passwd", "", "a//b", "./a", "a/..", "..", "a\0b", "../../../x"];
  const { checksum: _, ...content } = JSON.parse(commitText(commit));
  const hostile: Readonly<Record<string, JsonValue>>[] = [
    ...names.map((name) => ({ files: { [name]: hash } })),
    ...[null, [], 1, "x", { a: 1 }, { a: "x" }, { a: null }].map((files) => ({ files })),
    ...[undefined, null, [], {}, { files: 1 }, { files: -1, sha256: hash }, {
      files: 1,
      sha256: "x",
    }]
      .map((index) => ({ schemaVersion: 2, index })),
    ...[null, [], "x", { a: "1" }, { a: null }].map((counts) => ({ counts })),
    ...[null, [], { a: {} }].map((metrics) => ({ metrics })),
    ...[null, [], 1].map((attributes) => ({ attributes })),
    ...[null, 1].map((kind) => ({ kind })),
    ...[null, "x", 7].map((digest) => ({ digest })),
    ...[null, "1", 0.5, {}].map((schemaVersion) => ({ schemaVersion })),
  ];
  for (const change of hostile) {
    const text = signed({ ...content, ...change });
    assert.throws(() => decodeCommit(text, SOURCE), {
      name: "DamagedStoreError",
      message: /^Cannot open "\/data\/commit\.json": expected a commit, found .*: remove its /s,
    }, JSON.stringify(change));
  }
});

Deno.test("readCommit() gives a digest that sha256sum checks, for shards and manifests", () =>
  withDirectory(async (directory) => {
    const shards = [0, 1, 2].map((shard) => shardDirectory(directory, shard));
    for (const [first, shard] of shards.entries()) {
      await writeShard(shard, drawTable({ first }), { schema: SCHEMA });
    }
    const manifest = manifestDirectory(directory, "0123456789abcdef");
    await commitManifest(directory, manifest, { kind: "generate", lastShard: 2 });
    for (const shard of shards) await unpack(shard);
    for (const place of [...shards, manifest]) {
      const { files, digest } = (await readCommit(place))!;
      const lines = [...files].map(([path, hash]) => `${hash}  ${path}\n`).join("");
      const checked = await shell("sha256sum --check --quiet --strict", place, lines);
      assert.equal(checked, "");
      const found = await shell("LC_ALL=C sort | sha256sum", place, lines);
      assert.equal(found.slice(0, 64), digest);
    }
  }));

Deno.test("commitManifest() covers the shards that it is told, and needs them", () =>
  withDirectory(async (directory) => {
    await writeShard(shardDirectory(directory, 0), drawTable(), { schema: SCHEMA });
    const info = { kind: "generate", counts: { candidates: 8 } };
    const manifest = manifestDirectory(directory, "0123456789abcdef");
    assert.equal(manifest, join(directory, "manifests", "0123456789ab"));
    const commit = await commitManifest(directory, manifest, { ...info, lastShard: 0 });
    assert.deepEqual([...commit.files.keys()], ["../../shards/000000/commit.json"]);
    assert.deepEqual(await readCommit(manifest), commit);
    await assert.rejects(commitManifest(directory, manifest, { ...info, lastShard: 1 }), {
      name: "DamagedStoreError",
    });
  }));

Deno.test("commitManifest() names shards that a stage goes without, and its digest says so", () =>
  withDirectory(async (directory) => {
    for (const shard of [0, 2]) {
      await writeShard(shardDirectory(directory, shard), drawTable(), { schema: SCHEMA });
    }
    const info = { kind: "generate", lastShard: 2 };
    const reasons = ["3 workers died of it", "another reason"];
    const digests = [];
    for (const reason of reasons) {
      const quarantined = [{ shard: 1, kind: "generate", reason }];
      const manifest = manifestDirectory(directory, hashOf(reason));
      const commit = await commitManifest(directory, manifest, { ...info, quarantined });
      digests.push(commit.digest);
      assert.equal(commit.counts["quarantined"], 1);
      assert.deepEqual(readQuarantined(manifest, commit), quarantined);
      assert.equal((await verifyDirectory(manifest)).faults.length, 0);
      await Deno.writeTextFile(join(manifest, "quarantined.json"), "[]\n");
      assert.throws(() => readQuarantined(manifest, commit), { name: "DamagedStoreError" });
      await assert.rejects(readStageCommit(manifest), { name: "DamagedStoreError" });
      assert.equal((await verifyDirectory(manifest)).faults.length, 1);
    }
    assert.notEqual(digests[0], digests[1]);
    await assert.rejects(
      commitManifest(directory, manifestDirectory(directory, "f".repeat(12)), info),
      {
        name: "DamagedStoreError",
      },
    );
  }));

async function shell(command: string, cwd: string, input: string): Promise<string> {
  const process = new Deno.Command("sh", {
    args: ["-c", command],
    cwd,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout } = await process.output();
  assert.equal(code, 0);
  return new TextDecoder().decode(stdout);
}
