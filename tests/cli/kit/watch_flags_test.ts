import assert from "node:assert/strict";
import { checkWatchFlags } from "../../../cli/kit/watch_flags.ts";
import { InvalidInputError } from "../../../core/errors.ts";

/** The flags, one of them given. */
function given(flag: "metrics" | "health", text: string) {
  return { metrics: undefined, health: undefined, [flag]: text };
}

Deno.test("checkWatchFlags() refuses what is no address, and ports that are taken", async () => {
  for (const text of ["", "localhost", "localhost:0", "localhost:70000", "a b:1", "::1:9"]) {
    await assert.rejects(checkWatchFlags(given("metrics", text)), InvalidInputError, text);
    await assert.rejects(checkWatchFlags(given("health", text)), InvalidInputError, text);
  }
  await assert.rejects(checkWatchFlags(given("metrics", "9464")), /HOST:PORT/);
  await assert.rejects(checkWatchFlags(given("health", "70000")), /\[HOST:\]PORT/);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const taken = /cannot be listened on: choose another/;
  await assert.rejects(checkWatchFlags(given("metrics", `127.0.0.1:${port}`)), taken);
  await assert.rejects(checkWatchFlags(given("health", String(port))), taken);
});

Deno.test("checkWatchFlags() takes the loopback where --health names no host", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const { health, metrics } = await checkWatchFlags(given("health", String(port)));
  assert.equal(health, `127.0.0.1:${port}`);
  assert.equal(metrics, undefined);
  assert.deepEqual(await checkWatchFlags({ metrics: undefined, health: undefined }), {});
});
