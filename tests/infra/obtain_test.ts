import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256Hex } from "../../core/canonical.ts";
import { MissingToolError } from "../../core/errors.ts";
import { findKept } from "../../infra/temporal/kept_executable.ts";
import { obtainTemporal } from "../../infra/temporal/obtain.ts";

async function withFolders(use: (folders: readonly string[]) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "sluice-obtain-" });
  const folders = ["a", "b", "cache"].map((name) => join(root, name));
  try {
    for (const folder of folders) await Deno.mkdir(folder);
    await use(folders);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** SHA-256 of what {@linkcode put} writes. */
async function digestOf(file: string): Promise<string> {
  return sha256Hex(await Deno.readFile(file));
}

async function put(folder: string, mode: number, version = "1.9.1"): Promise<string> {
  const file = join(folder, "temporal");
  const says = `temporal version ${version} (Server 1.32.0, UI 2.54.1)`;
  await Deno.writeTextFile(file, `#!/bin/sh\necho "${says}"\n`, { mode });
  return file;
}

Deno.test("obtainTemporal() passes a program of another version by, and says why", () =>
  withFolders(async ([first, , cache]) => {
    const kept = await put(cache!, 0o755), digest = await digestOf(kept);
    for (
      const [version, isUsed] of [["1.5.0", true], ["1.24.3", true], ["1.4.1", false]] as const
    ) {
      const file = await put(first!, 0o755, version), told: string[] = [];
      const onProgress = (message: string) => told.push(message);
      const found = await obtainTemporal({ path: first!, cache: cache!, digest, onProgress });
      assert.equal(found, isUsed ? file : kept);
      const why = `Not using "${file}": expected version 1.5 or later of the Temporal command ` +
        `line, below 2.0, found ${version}`;
      assert.deepEqual(told, isUsed ? [] : [why]);
    }
    for (const version of ["0.13.0", "2.0.0", "nothing"]) {
      await put(first!, 0o755, version);
      assert.equal(await obtainTemporal({ path: first!, cache: cache!, digest }), kept, version);
    }
  }));

Deno.test("obtainTemporal() takes the PATH before the cache, and both before any download", () =>
  withFolders(async ([first, second, cache]) => {
    const path = `:${first}:${second}`;
    const kept = await put(cache!, 0o755), digest = await digestOf(kept);
    const options = { path, cache: cache!, digest };
    assert.equal(await obtainTemporal(options), kept);
    await put(first!, 0o644); // of that name, but no program
    assert.equal(await obtainTemporal(options), kept);
    const installed = await put(second!, 0o755);
    assert.equal(await obtainTemporal(options), installed);
  }));

Deno.test("findKept() runs no kept program of other bytes, whenever it was written", () =>
  withFolders(async ([, , cache]) => {
    assert.equal(await findKept(cache!, "0".repeat(64)), null);
    const kept = await put(cache!, 0o755), digest = await digestOf(kept);
    assert.equal(await findKept(cache!, digest), kept);
    const { mtime } = await Deno.stat(kept);
    await put(cache!, 0o755, "1.9.2"); // as long as before
    await Deno.utime(kept, mtime!, mtime!);
    const message = `expected bytes of digest ${digest}, found ${await digestOf(kept)}`;
    await assert.rejects(findKept(cache!, digest), { message });
    await put(cache!, 0o755);
    assert.equal(await findKept(cache!, digest), kept);
  }));

Deno.test("findKept() records which file it has read, if that was not written just now", () =>
  withFolders(async ([, , cache]) => {
    const kept = join(cache!, "temporal"), record = join(cache!, "temporal.checked");
    await Deno.symlink(Deno.execPath(), kept);
    const digest = await digestOf(kept);
    assert.equal(await findKept(cache!, digest), kept);
    const written = await Deno.readTextFile(record);
    assert.equal((await Deno.stat(record)).mode! & 0o777, 0o600);
    assert.ok(written.startsWith(`${digest} `));
    await Deno.writeTextFile(record, written.replace(/\d$/, "x"));
    assert.equal(await findKept(cache!, digest), kept);
    assert.equal(await Deno.readTextFile(record), written);
  }));

Deno.test("obtainTemporal() names every way and what became of it when none works", async () => {
  const options = { path: "", cache: "/nowhere" };
  const failing = [
    ["a shelf", () => Promise.resolve(null)],
    ["a shop", () => Promise.reject(new Error("closed\nuntil nine"))],
  ] as const;
  await assert.rejects(obtainTemporal(options, failing), (error) => {
    assert.ok(error instanceof MissingToolError);
    assert.equal(
      error.message,
      "Cannot find a Temporal server: expected one of TEMPORAL_ADDRESS, a shelf, a shop; found " +
        "a shelf: not there; a shop: closed: install the Temporal CLI, or set TEMPORAL_ADDRESS to " +
        "a server",
    );
    return true;
  });
  const found = await obtainTemporal(options, [...failing, ["home", () => Promise.resolve("/t")]]);
  assert.equal(found, "/t");
});
