import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256Hex } from "../../../core/canonical.ts";
import type { PipelineDeclaration } from "../../../pipelines/mod.ts";
import { readPolicyFile, readPolicyFiles } from "../../../runtime/prepare/policy_file.ts";
import { importedPolicyDirectory } from "../../../store/mod.ts";

Deno.test("readPolicyFile() refuses files that are too large, and what is no file, before it reads", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sluice-policy-" });
  try {
    const file = join(folder, "large.onnx");
    await Deno.writeTextFile(file, "");
    await Deno.truncate(file, 2 ** 40); // takes no place on the disk
    await Deno.symlink("/dev/zero", join(folder, "endless.onnx"));
    const found = { large: "1099511627776 bytes", endless: "something else than a file" };
    for (const [name, what] of Object.entries({ ...found, absent: "no such file" })) {
      const path = join(folder, `${name}.onnx`);
      await assert.rejects(readPolicyFile(path, "/", () => {}), {
        name: "InvalidInputError",
        message: `Cannot read "${path}": expected an ONNX file of at most 512 MiB, found ` +
          `${what}: check the path`,
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readPolicyFiles() replaces files wherever a declaration names a policy", async () => {
  const folder = fileURLToPath(new URL("../../activities/onnx/policies", import.meta.url));
  const stage = { kind: "evaluate", environment: "reach" } as const;
  const given: PipelineDeclaration = {
    name: "files",
    stages: {
      plain: { ...stage, policy: "lstm.onnx" },
      stored: { ...stage, policy: { stored: "./lstm.onnx" } },
      expert: { ...stage, policy: { named: "scripted" } },
      several: { ...stage, matrix: { policy: ["lstm.onnx", "reach-expert/1"] } },
    },
  };
  const { declaration: { stages }, policyFiles } = await readPolicyFiles(given, folder);
  const [file] = policyFiles, { path } = file!.external;
  assert.match(path, /^stages\/onnx-[0-9a-f]{12}$/);
  assert.deepEqual(stages, {
    plain: { ...stage, policy: path },
    stored: { ...stage, policy: { stored: path } },
    expert: { ...stage, policy: { named: "scripted" } },
    several: { ...stage, matrix: { policy: [path, "reach-expert/1"] } },
  });
  const bytes = await Deno.readFile(join(folder, "lstm.onnx"));
  const text = await Deno.readFile(join(folder, "lstm.onnx.json"));
  assert.equal(file!.external.digest, sha256Hex(bytes));
  assert.equal(file!.external.description, sha256Hex(text));
  assert.notEqual(importedPolicyDirectory({ bytes, description: null }), path);
});
