import assert from "node:assert/strict";
import { createHealthHandler } from "../../../runtime/watch/health.ts";

const READY = { workers: true, server: true, data: true };

/** Asks a worker in a state for a path. */
async function ask(
  path: string,
  { fault = null, checks = READY, host = "localhost:8086", headers = {}, method = "GET" }: {
    readonly fault?: string | null;
    readonly checks?: Readonly<Record<string, boolean>>;
    readonly host?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly method?: string;
  } = {},
) {
  const handle = createHealthHandler({ live: () => fault, ready: () => Promise.resolve(checks) });
  const request = new Request(`http://localhost:8086${path}`, {
    method,
    headers: { host, ...headers },
  });
  const response = await handle(request);
  return { status: response.status, body: await response.json() };
}

Deno.test("createHealthHandler() tells a supervisor whether a worker lives, and what it lacks", async () => {
  assert.deepEqual(await ask("/healthz"), { status: 200, body: { live: true } });
  const away = { workers: true, server: false, data: true };
  assert.deepEqual(await ask("/healthz", { checks: away }), { status: 200, body: { live: true } });
  assert.equal((await ask("/healthz", { fault: "a worker failed" })).status, 503);
  assert.deepEqual(await ask("/readyz"), { status: 200, body: { ready: true, checks: READY } });
  assert.deepEqual(await ask("/readyz", { checks: away }), {
    status: 503,
    body: { ready: false, checks: away },
  });
});

Deno.test("createHealthHandler() answers no other host, page, method or path", async () => {
  assert.equal((await ask("/readyz", { host: "127.0.0.1" })).status, 200);
  assert.equal((await ask("/readyz", { host: "evil.example:8086" })).status, 403);
  assert.equal((await ask("/readyz", { host: "10.0.0.7:8086" })).status, 403);
  assert.equal((await ask("/readyz", { headers: { origin: "http://evil.example" } })).status, 403);
  assert.equal((await ask("/readyz", { method: "PUT" })).status, 403); // and without an origin
  assert.equal((await ask("/")).status, 404);
});
