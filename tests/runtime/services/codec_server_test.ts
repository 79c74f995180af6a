import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { defaultPayloadConverter, type Payload } from "@temporalio/common";
import { PAYLOADS } from "../../../infra/temporal/stored_payloads.ts";
import { payloadConverter } from "../../../infra/temporal/payload_converter.ts";
import { createCodecHandler } from "../../../runtime/services/codec_server.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");

const UI = "http://127.0.0.1:8233";

/** The JSON form of a payload, as the UI sends it. */
function jsonOf({ metadata, data }: Payload) {
  const base64 = (bytes: Uint8Array | null | undefined) =>
    Buffer.from(bytes ?? []).toString("base64");
  const entries = Object.entries(metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)]);
  return { metadata: Object.fromEntries(entries), data: base64(data) };
}

/** Lends a codec server of a data root with encrypted payloads of a small and a large value. */
async function withCodec(
  use: (site: {
    readonly ask: (
      path: string,
      init?: RequestInit & { origin?: string | null },
    ) => Promise<Response>;
    readonly encoded: readonly Payload[];
    readonly root: string;
  }) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "sluice-codec-" });
  try {
    const { payloadCodecs = [] } = payloadConverter(root, { SLUICE_CODEC_KEY: KEY });
    let encoded = ["small", "x".repeat(300_000)].map((value) =>
      defaultPayloadConverter.toPayload(value)!
    );
    for (const codec of payloadCodecs) encoded = await codec.encode(encoded);
    const handle = createCodecHandler({ codecs: payloadCodecs, origins: [UI], port: 8081 });
    await use({
      root,
      encoded,
      ask: (path, { origin = UI, ...init } = {}) => {
        const headers = { host: "127.0.0.1:8081", ...(origin === null ? {} : { origin }) };
        const request = new Request(`http://127.0.0.1:8081${path}`, {
          method: "POST",
          ...init,
          headers: { ...headers, ...init.headers },
        });
        return handle(request);
      },
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("createCodecHandler() decodes for the UI what a run was given, large payloads too", () =>
  withCodec(async ({ ask, encoded, root }) => {
    const [file] = [...Deno.readDirSync(join(root, PAYLOADS))];
    const stored = await Deno.readFile(join(root, PAYLOADS, file!.name));
    assert.ok(!Buffer.from(stored).includes("xxxxxxxx")); // the large one is encrypted on disk
    const body = JSON.stringify({ payloads: encoded.map(jsonOf) });
    const answer = await ask("/decode", { body });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), UI);
    const { payloads } = await answer.json();
    const values = payloads.map(({ data }: { data: string }) =>
      JSON.parse(Buffer.from(data, "base64").toString())
    );
    assert.deepEqual(values, ["small", "x".repeat(300_000)]);
    const again = await ask("/encode", { body: JSON.stringify({ payloads }) });
    assert.ok(!(await again.text()).includes(Buffer.from("small").toString("base64")));
  }));

Deno.test("createCodecHandler() answers no other page, host or question", () =>
  withCodec(async ({ ask, encoded }) => {
    const body = JSON.stringify({ payloads: encoded.map(jsonOf) });
    const preflight = await ask("/decode", { method: "OPTIONS" });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-methods"), "POST, OPTIONS");
    for (const origin of ["http://evil.example", "http://127.0.0.1:9999", "null", null]) {
      const { status, headers } = await ask("/decode", { body, origin });
      assert.deepEqual([status, headers.get("access-control-allow-origin")], [403, null]);
    }
    const rebound = await ask("/decode", { body, headers: { host: "evil.example:8081" } });
    assert.equal(rebound.status, 403);
    assert.equal((await ask("/", { body })).status, 404);
    assert.equal((await ask("/decode", { method: "PUT", body })).status, 405);
    for (const wrong of ["", "{", "[]", '{"payloads":[{"data":7}]}']) {
      assert.equal((await ask("/decode", { body: wrong })).status, 400, wrong);
    }
    assert.equal((await ask("/decode", { body: "x".repeat(9 * 2 ** 20) })).status, 413);
    const foreign = { metadata: { encoding: btoa("binary/encrypted") }, data: "AAAA" };
    const unknown = await ask("/decode", { body: JSON.stringify({ payloads: [foreign] }) });
    assert.equal(unknown.status, 400);
    assert.match(await unknown.text(), /Cannot decrypt a payload .* expected key with a name/);
  }));
