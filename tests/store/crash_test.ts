import assert from "node:assert/strict";
import { join } from "node:path";
import { createRandom } from "../../core/random.ts";
import {
  commitManifest,
  packedPath,
  readCommit,
  readShard,
  shardDirectory,
  verifyDirectory,
} from "../../store/mod.ts";
import { drawTable, withDirectory } from "./_episodes.ts";

const WRITER = new URL("_shard_writer.ts", import.meta.url).pathname;
const SHARDS = 24;
const TRIALS = 5;

function startWriter(directory: string): Deno.ChildProcess {
  const args = ["run", "--quiet", "--no-check", "-A", WRITER, directory, String(SHARDS)];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
}

/** Runs the writer, and kills it so many ms after it began; Infinity lets it end. */
async function runWriter(directory: string, killAfter: number): Promise<void> {
  const writer = startWriter(directory);
  const reader = writer.stdout.getReader();
  await reader.read(); // it says when it begins
  const timer = killAfter === Infinity
    ? undefined
    : setTimeout(() => writer.kill("SIGKILL"), killAfter);
  await writer.status;
  clearTimeout(timer);
  await reader.cancel();
}

async function digestOf(directory: string): Promise<string> {
  const info = { kind: "generate", lastShard: SHARDS - 1 };
  return (await commitManifest(directory, join(directory, "manifests/all"), info)).digest;
}

Deno.test("writeShard() leaves whole shards or none when it is killed, and resumes to the same bytes", () =>
  withDirectory(async (directory) => {
    const [whole, killed] = [join(directory, "whole"), join(directory, "killed")];
    await runWriter(whole, Infinity);
    const random = createRandom(1, "kills", 0);
    const times = new Map<number, number>();
    for (let trial = 0; trial < TRIALS; trial++) {
      await runWriter(killed, random.uniform(5, 120));
      for (let shard = 0; shard < SHARDS; shard++) {
        const path = shardDirectory(killed, shard);
        if (await readCommit(path) === null) continue;
        const { table } = await readShard(path);
        assert.deepEqual(table, drawTable({ first: 8 * shard, longest: 40 }));
        const { mtime } = await Deno.stat(packedPath(path));
        // What is committed is not written again.
        assert.equal(times.get(shard) ?? mtime!.getTime(), mtime!.getTime());
        times.set(shard, mtime!.getTime());
      }
    }
    await runWriter(killed, Infinity);
    assert.equal(await digestOf(killed), await digestOf(whole));
    assert.deepEqual((await verifyDirectory(killed)).faults, []);
  }));
