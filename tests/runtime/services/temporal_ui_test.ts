import assert from "node:assert/strict";
import { request } from "node:http";
import { readHttpApi } from "../../../infra/temporal/http_api.ts";
import { stopServer } from "../../../infra/temporal/server.ts";
import {
  openTemporalUi,
  provideServer,
  temporalDirectory,
} from "../../../runtime/services/services.ts";
import { BrowserTab, CHROMIUM, SKIPPED } from "../../pages/_browser.ts";

const environment = Deno.env.toObject();

const NAMESPACES = "/api/v1/namespaces";

/** Lends the web UI of a server of its own. */
async function withUi(use: (ui: string, root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "sluice-ui-" });
  try {
    const { server } = await provideServer(root, { environment });
    const served = await openTemporalUi(root, server, environment);
    try {
      await use(server.ui!, root); // it is our own
    } finally {
      await served!.close();
    }
  } finally {
    await stopServer(temporalDirectory(root));
    await Deno.remove(root, { recursive: true });
  }
}

interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks as curl would, which may name any host. */
function ask(url: string, { method = "GET", headers = {} }: Question = {}) {
  return new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    request(url, { method, headers, agent: false }, async (response) => {
      const text = (await Array.fromAsync(response)).join("");
      resolve({ status: response.statusCode!, text });
    }).on("error", reject).end();
  });
}

/** What a server answers to bytes. */
async function exchange(port: number, text: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  const answer = new Uint8Array(4096);
  return new TextDecoder().decode(answer.subarray(0, await connection.read(answer) ?? 0));
}

Deno.test({
  name:
    "openTemporalUi() answers its own page, and nothing under another host or from another origin",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withUi(async (ui, root) => {
      const { port } = new URL(ui), origin = `http://127.0.0.1:${port}`;
      const own = await ask(ui + NAMESPACES);
      assert.equal(own.status, 200);
      assert.match(own.text, /"name":\s*"default"/);
      assert.match((await ask(`${ui}/namespaces/default/workflows`)).text, /<!doctype html>/);
      assert.equal((await ask(`${ui}/api/v1/settings`)).status, 200);

      const foreign: readonly Question[] = [
        { headers: { host: "evil.test" } },
        { headers: { host: `evil.test:${port}` } },
        { headers: { host: `127.0.0.1.evil.test:${port}` } },
        { headers: { origin: "http://evil.test" } },
        { headers: { origin: "null" } },
        { headers: { "sec-fetch-site": "cross-site" } },
        { method: "POST" },
        { method: "POST", headers: { origin: "http://localhost:1" } },
        { method: "DELETE", headers: { origin: `https://127.0.0.1:${port}` } },
      ];
      for (const question of foreign) {
        const { status, text } = await ask(ui + NAMESPACES, question);
        assert.equal(status, 403, JSON.stringify(question));
        assert.match(text, /^Rejected/);
      }
      const posted = await ask(`${ui}/api/v1/namespaces/nowhere/workflows/x`, {
        method: "POST",
        headers: { origin },
      });
      assert.notEqual(posted.status, 403);
      for (const host of ["[::", "a b", "\u0001", "127.0.0.1:99999999", ""]) {
        const answer = await exchange(Number(port), `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
        assert.match(answer, /^HTTP\/1\.1 40[03] /, JSON.stringify(host));
      }

      // The server itself answers only to a name that nobody can guess.
      const api = readHttpApi(temporalDirectory(root))!;
      for (const host of ["127.0.0.1", `127.0.0.1:${api.port}`, "localhost", "evil.test", ""]) {
        const { status } = await ask(`http://127.0.0.1:${api.port}${NAMESPACES}`, {
          headers: { host },
        });
        assert.equal(status, 403, host);
      }
    }),
});

Deno.test({
  name: `openTemporalUi() shows its pages in Chromium, and none under a rebound name${SKIPPED}`,
  ignore: CHROMIUM === null,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withUi(async (ui, root) => {
      const { port } = new URL(ui), api = readHttpApi(temporalDirectory(root))!;
      await using tab = await BrowserTab.open({ hosts: ["evil.test"] });
      await tab.send("Page.navigate", { url: `${ui}/namespaces/default/workflows` });
      await tab.waitFor("document.body?.innerText.includes('No Workflows')");
      assert.deepEqual(tab.console, []);

      // As a page of that name that has its name lead here: its requests have its own origin.
      for (const place of [port, String(api.port)]) {
        await tab.send("Page.navigate", { url: `http://evil.test:${place}/` });
        await tab.waitFor(
          "location.hostname === 'evil.test' && document.readyState === 'complete'",
        );
        for (const method of ["GET", "POST"]) {
          const status = await tab.evaluate<number>(
            `fetch("${NAMESPACES}", { method: "${method}" }).then(({ status }) => status)`,
          );
          assert.equal(status, 403, `${method} ${place}`);
        }
      }
      // As a page of elsewhere that asks this machine by its own name.
      const crossed = await tab.evaluate<string>(
        `fetch("${ui}${NAMESPACES}").then(() => "answered", () => "refused")`,
      );
      assert.equal(crossed, "refused");
    }),
});
