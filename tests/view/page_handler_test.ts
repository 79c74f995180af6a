import assert from "node:assert/strict";
import { InvalidInputError } from "../../core/errors.ts";
import { createPageHandler } from "../../view/page_handler.ts";

const PORT = 8123, HOST = `127.0.0.1:${PORT}`, ORIGIN = `http://${HOST}`;

const handle = createPageHandler({
  assets: { "/": { type: "text/html", body: "page" } },
  actions: {
    "/double": (question) => {
      if (typeof question !== "number") throw new InvalidInputError("Cannot double: no number");
      return Promise.resolve(2 * question);
    },
    "/fail": () => Promise.reject(new Error("engine stopped")),
  },
  connections: { "/live": () => new Response("upgraded") },
  scriptHashes: ["sha256-x"],
}, PORT);

function request(path: string, headers: Record<string, string> = {}, init: RequestInit = {}) {
  return handle(new Request(`${ORIGIN}${path}`, { ...init, headers: { host: HOST, ...headers } }));
}

function post(path: string, body: string, headers: Record<string, string> = {}) {
  const own = { origin: ORIGIN, "content-type": "application/json" };
  return request(path, { ...own, ...headers }, { method: "POST", body });
}

Deno.test("createPageHandler() serves a page that may load and ask nothing but its server", async () => {
  const response = await request("/");
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "page");
  const policy = response.headers.get("content-security-policy")!;
  assert.match(policy, /^default-src 'none'; script-src 'self' 'sha256-x'; style-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|https?:/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.equal(response.headers.get("cross-origin-resource-policy"), "same-origin");
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.equal(response.headers.get("access-control-allow-origin"), null);
  assert.equal((await request("/", {}, { method: "HEAD" })).status, 200);
});

Deno.test("createPageHandler() refuses another host name: DNS that was rebound", async () => {
  for (const host of ["evil.example", `evil.example:${PORT}`, "127.0.0.1:1", `127.0.0.2:${PORT}`]) {
    assert.equal((await request("/", { host })).status, 403, host);
    assert.equal(
      (await post("/double", "2", { host, origin: `http://${host}` })).status,
      403,
      host,
    );
  }
  assert.equal((await request("/", { host: `localhost:${PORT}` })).status, 200);
});

Deno.test("createPageHandler() refuses what another site asks", async () => {
  assert.equal((await post("/double", "2")).status, 200);
  for (
    const origin of ["http://evil.example", "null", `https://${HOST}`, `http://localhost:${PORT}`]
  ) {
    assert.equal((await post("/double", "2", { origin })).status, 403, origin);
    assert.equal((await request("/", { origin })).status, 403, origin);
  }
  const bare = await request("/double", { "content-type": "application/json" }, {
    method: "POST",
    body: "2",
  });
  assert.equal(bare.status, 403);
  for (const site of ["cross-site", "same-site"]) {
    const headers = { "sec-fetch-site": site, "sec-fetch-mode": "no-cors" };
    assert.equal((await request("/", headers)).status, 403, site);
    assert.equal((await post("/double", "2", headers)).status, 403, site);
  }
  const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  assert.equal((await request("/", link)).status, 200);
});

Deno.test("createPageHandler() lets only its own page open a WebSocket", async () => {
  const open = (headers: Record<string, string>) =>
    request("/live", { upgrade: "websocket", ...headers });
  assert.equal(await (await open({ origin: ORIGIN })).text(), "upgraded");
  for (
    const headers of [
      {},
      { origin: "http://evil.example" },
      { origin: `http://localhost:${PORT}` },
      { origin: ORIGIN, host: `evil.example:${PORT}` },
      { origin: ORIGIN, "sec-fetch-site": "cross-site" },
    ]
  ) {
    assert.equal((await open(headers)).status, 403, JSON.stringify(headers));
  }
  assert.equal((await request("/live", { origin: ORIGIN })).status, 426);
});

Deno.test("createPageHandler() answers questions, and says what is wrong with one", async () => {
  assert.equal(await (await post("/double", "21")).json(), 42);
  const cases: [Promise<Response>, status: number, text: RegExp][] = [
    [post("/double", `"a"`), 400, /Cannot double: no number/],
    [post("/double", "{"), 400, /expected JSON/],
    [post("/double", "2", { "content-type": "text/plain" }), 400, /content type/],
    [post("/double", JSON.stringify("a".repeat(70_000))), 400, /at most 65536 bytes/],
    [post("/fail", "1"), 500, /engine stopped/],
    [post("/", "1"), 405, /Expected GET/],
    [request("/double"), 405, /Expected POST/],
    [request("/nothing"), 404, /Not found/],
    [request("/constructor"), 404, /Not found/],
    [request("/../deno.json"), 404, /Not found/],
  ];
  for (const [response, status, text] of cases) {
    const { status: found, ...answer } = await response.then(async (response) => ({
      status: response.status,
      text: await response.text(),
    }));
    assert.equal(found, status, answer.text);
    assert.match(answer.text, text);
  }
});

Deno.test("createPageHandler() answers a host name that is none with 400", async () => {
  const broken = {
    get url() {
      return "http://[::/";
    },
    headers: new Headers(),
    method: "GET",
  };
  const { status } = await handle(broken as unknown as Request); // as Deno gives it to us
  assert.equal(status, 400);
});
