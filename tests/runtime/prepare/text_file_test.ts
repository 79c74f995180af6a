import assert from "node:assert/strict";
import { join } from "node:path";
import { readTextFile } from "../../../runtime/prepare/text_file.ts";

Deno.test("readTextFile() refuses what is no file or too large before it reads", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sluice-text-" });
  try {
    const pipe = join(folder, "pipe.yaml"), large = join(folder, "large.yaml");
    // Nobody writes to it: whoever opened it would wait without an end.
    assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    await Deno.writeTextFile(large, "");
    await Deno.truncate(large, 2 ** 40);
    await Deno.symlink("/dev/zero", join(folder, "endless.yaml"));
    const found = {
      pipe: "something else than a file",
      large: "1099511627776 bytes",
      endless: "something else than a file",
      absent: "no such file",
    };
    for (const [name, what] of Object.entries(found)) {
      const file = join(folder, `${name}.yaml`);
      await assert.rejects(readTextFile(file, "a declaration", "/"), {
        name: "InvalidInputError",
        message: `Cannot read "${file}": expected a declaration, found ${what}: check the path`,
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
