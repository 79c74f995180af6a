import assert from "node:assert/strict";
import { fetchOnnxRuntime, ONNX_RUNTIME } from "../../../learn/mod.ts";

/** Fetches into an empty folder, with an empty cache, from a registry of ours. */
async function fetchFrom(registry: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-onnx-runtime-" });
  try {
    await fetchOnnxRuntime({
      folder: new URL(`file://${folder}/`),
      environment: { DENO_DIR: `${folder}/cache`, NPM_CONFIG_REGISTRY: registry },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("ONNX_RUNTIME is what keys of stored evaluations have", () => {
  assert.match(ONNX_RUNTIME, /^onnxruntime-node@\d+\.\d+\.\d+$/);
});

Deno.test("fetchOnnxRuntime() says what to do when there is no network", async () => {
  await assert.rejects(fetchFrom("http://127.0.0.1:9/"), {
    name: "MissingToolError",
    message:
      /^Cannot fetch "onnxruntime-node@.*found error sending request.*: run "deno task onnxruntime" where there is/,
  });
});

Deno.test("fetchOnnxRuntime() refuses other bytes than those of the lock file", async () => {
  const paths: string[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    paths.push(new URL(request.url).pathname);
    return new Response(new Uint8Array([1, 2, 3]));
  });
  await assert.rejects(fetchFrom(`http://127.0.0.1:${server.addr.port}/`), {
    name: "MissingToolError",
    message: /found Tarball checksum did not match/,
  });
  assert.ok(paths.some((path) => path.endsWith(".tgz")));
});
