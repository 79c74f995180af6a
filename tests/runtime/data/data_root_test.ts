import assert from "node:assert/strict";
import { join } from "node:path";
import { dataRoot } from "../../../runtime/data/data_root.ts";
import { withDirectory } from "../../store/_episodes.ts";

Deno.test("dataRoot() takes a directory that is there or may be made, and nothing else", () =>
  withDirectory(async (directory) => {
    assert.equal(dataRoot(directory, "/"), directory);
    assert.equal(dataRoot(join(directory, "a/b"), "/"), join(directory, "a/b"));
    const file = join(directory, "file");
    await Deno.writeTextFile(file, "");
    for (
      const [home, found] of [
        [file, "a file"],
        [join(file, "below"), "ENOTDIR"],
        ["/dev/null", "a file"],
      ] as const
    ) {
      assert.throws(() => dataRoot(home, "/"), {
        name: "InvalidInputError",
        message: new RegExp(
          `^Cannot use the data directory "${home}": expected .*, found ${found}.*: set SLUICE_HOME`,
        ),
      });
    }
  }));

Deno.test("dataRoot() refuses a bucket", () => {
  assert.throws(() => dataRoot("s3://robots/data", "/"), {
    name: "InvalidInputError",
    message:
      'Cannot use the data directory "s3://robots/data": expected a directory, found a bucket: ' +
      "set SLUICE_HOME to a directory for this command",
  });
});
