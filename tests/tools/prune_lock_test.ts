import assert from "node:assert/strict";
import { LOCK_FILE, pruneLock } from "../../tools/prune_lock.ts";

Deno.test("deno.lock holds nothing that is never loaded", async () => {
  const text = await Deno.readTextFile(LOCK_FILE);
  assert.equal(text, pruneLock(text), "run: deno task lock");
});

Deno.test("pruneLock() takes a package out of the list and of those that ask for it", () => {
  const lock = (names: readonly string[]) =>
    `${
      JSON.stringify(
        {
          npm: {
            ...Object.fromEntries(
              names.map((name) => [`${name}@1.16.18`, { integrity: "sha512" }]),
            ),
            "@swc/core@1.16.18": { integrity: "sha512", optionalDependencies: names },
          },
          specifiers: {},
        },
        null,
        2,
      )
    }\n`;
  const gnu = "@swc/core-linux-x64-gnu", musl = "@swc/core-linux-x64-musl";
  assert.equal(pruneLock(lock([gnu, musl])), lock([gnu]));
  assert.equal(pruneLock(lock([musl, gnu])), lock([gnu]));
});
