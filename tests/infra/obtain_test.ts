import assert from "node:assert/strict";
import { join } from "node:path";
import { MissingToolError } from "../../core/errors.ts";
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

async function put(folder: string, mode: number, version = "1.9.1"): Promise<string> {
  const file = join(folder, "temporal");
  const says = `temporal version ${version} (Server 1.32.0, UI 2.54.1)`;
  await Deno.writeTextFile(file, `#!/bin/sh\necho "${says}"\n`, { mode });
  return file;
}

Deno.test("obtainTemporal() passes a program of another version by, and says why", () =>
  withFolders(async ([first, , cache]) => {
    const kept = await put(cache!, 0o755);
    for (
      const [version, isUsed] of [["1.5.0", true], ["1.24.3", true], ["1.4.1", false]] as const
    ) {
      const file = await put(first!, 0o755, version), told: string[] = [];
      const onProgress = (message: string) => told.push(message);
      const found = await obtainTemporal({ path: first!, cache: cache!, onProgress });
      assert.equal(found, isUsed ? file : kept);
      const why = `Not using "${file}": expected version 1.5 or later of the Temporal command ` +
        `line, below 2.0, found ${version}`;
      assert.deepEqual(told, isUsed ? [] : [why]);
    }
    for (const version of ["0.13.0", "2.0.0", "nothing"]) {
      await put(first!, 0o755, version);
      assert.equal(await obtainTemporal({ path: first!, cache: cache! }), kept, version);
    }
  }));

Deno.test("obtainTemporal() takes the PATH before the cache, and both before any download", () =>
  withFolders(async ([first, second, cache]) => {
    const path = `:${first}:${second}`;
    const kept = await put(cache!, 0o755);
    assert.equal(await obtainTemporal({ path, cache: cache! }), kept);
    await put(first!, 0o644); // of that name, but no program
    assert.equal(await obtainTemporal({ path, cache: cache! }), kept);
    const installed = await put(second!, 0o755);
    assert.equal(await obtainTemporal({ path, cache: cache! }), installed);
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
