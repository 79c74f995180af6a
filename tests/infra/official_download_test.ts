import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { downloadOfficial } from "../../infra/temporal/official_download.ts";

/** A program, longer than a block of tar and no multiple of one. */
const PROGRAM = new TextEncoder().encode("#!/bin/sh\n".repeat(1000));
const DIGEST = createHash("sha256").update(PROGRAM).digest("hex");

/** A file that stands before the program, and the program, packed by tar itself. */
async function packed(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  await Deno.writeTextFile(join(folder, "LICENSE"), "free");
  await Deno.writeFile(join(folder, "temporal"), PROGRAM);
  const args = ["-czf", "archive.tar.gz", "LICENSE", "temporal"];
  assert((await new Deno.Command("tar", { args, cwd: folder }).output()).success);
  return await Deno.readFile(join(folder, "archive.tar.gz"));
}

async function withArchive(
  archive: (folder: string) => Promise<Uint8Array<ArrayBuffer>>,
  use: (folder: string, origin: string, asked: string[]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-official-" }), asked: string[] = [];
  const body = await archive(folder);
  await Deno.mkdir(join(folder, "into"));
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    const { pathname, search, origin } = new URL(url);
    asked.push(pathname + search);
    if (pathname === "/archive") return new Response(body);
    return Response.json({ archiveUrl: `${origin}/archive`, fileToExtract: "temporal" });
  });
  try {
    await use(join(folder, "into"), `http://127.0.0.1:${server.addr.port}`, asked);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("downloadOfficial() asks for the pinned version and keeps the pinned bytes", () =>
  withArchive(packed, async (folder, origin, asked) => {
    const file = await downloadOfficial(folder, { origin, digest: DIGEST });
    assert.deepEqual(new Uint8Array(readFileSync(file)), PROGRAM);
    assert.match(asked[0]!, /^\/cli\/v\d+\.\d+\.\d+\?arch=\w+&platform=\w+&format=tar\.gz$/);
  }));

Deno.test("downloadOfficial() refuses other bytes than the pinned ones", async () => {
  await withArchive(packed, async (folder, origin) => {
    const digest = "0".repeat(64);
    await assert.rejects(downloadOfficial(folder, { origin, digest }), {
      message: `expected bytes of digest ${digest}, found ${DIGEST}`,
    });
  });
  const broken = async (folder: string) => (await packed(folder)).subarray(0, 60);
  await withArchive(broken, async (folder, origin) => {
    await assert.rejects(downloadOfficial(folder, { origin, digest: DIGEST }));
  });
});

Deno.test("downloadOfficial() says who did not answer, and why", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 }), { port } = listener.addr;
  listener.close();
  const origin = `http://127.0.0.1:${port}`; // nobody listens there now
  await assert.rejects(downloadOfficial("/nowhere", { origin, digest: DIGEST }), {
    message: new RegExp(`^no answer from 127\\.0\\.0\\.1:${port}: .*[Cc]onnect`),
  });
});
