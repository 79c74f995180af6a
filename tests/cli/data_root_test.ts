import assert from "node:assert/strict";
import { join } from "node:path";
import { dataRoot } from "../../cli/data_root.ts";
import { withDirectory } from "../store/_episodes.ts";

/** The data root where `SLUICE_HOME` is a path. */
function rootAt(home: string): string {
  const before = Deno.env.get("SLUICE_HOME");
  Deno.env.set("SLUICE_HOME", home);
  try {
    return dataRoot();
  } finally {
    if (before === undefined) Deno.env.delete("SLUICE_HOME");
    else Deno.env.set("SLUICE_HOME", before);
  }
}

Deno.test("dataRoot() takes a directory that is there or may be made, and nothing else", () =>
  withDirectory(async (directory) => {
    assert.equal(rootAt(directory), directory);
    assert.equal(rootAt(join(directory, "a/b")), join(directory, "a/b"));
    const file = join(directory, "file");
    await Deno.writeTextFile(file, "");
    for (
      const [home, found] of [
        [file, "a file"],
        [join(file, "below"), "ENOTDIR"],
        ["/dev/null", "a file"],
      ] as const
    ) {
      assert.throws(() => rootAt(home), {
        name: "InvalidInputError",
        message: new RegExp(
          `^Cannot use the data directory "${home}": expected .*, found ${found}.*: set SLUICE_HOME`,
        ),
      });
    }
  }));
