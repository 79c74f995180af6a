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

async function put(folder: string, mode: number): Promise<string> {
  const file = join(folder, "temporal");
  await Deno.writeTextFile(file, "#!/bin/sh\n", { mode });
  return file;
}

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
