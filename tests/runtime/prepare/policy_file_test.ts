import assert from "node:assert/strict";
import { join } from "node:path";
import { readPolicyFile } from "../../../runtime/prepare/policy_file.ts";

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
        message: `Cannot read "${path}": expected an ONNX file of at most 536870912 bytes, found ` +
          `${what}: check the path`,
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
