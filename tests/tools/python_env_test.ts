import assert from "node:assert/strict";
import { pythonEnvironment, runPython } from "../../tools/python_env.ts";

const { python, reason } = await pythonEnvironment("tests");
const skipped = reason === null ? "" : ` (skipped: ${reason})`;

Deno.test({
  name: `pythonEnvironment() has the packages that tests/requirements.txt pins${skipped}`,
  ignore: python === null,
  fn: async () => {
    const path = new URL("../requirements.txt", import.meta.url);
    const pinned = (await Deno.readTextFile(path)).split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    const code = "import importlib.metadata as m, sys\n" +
      "for name in sys.argv[1:]: print(name + '==' + m.version(name))";
    const names = pinned.map((line) => line.split("==")[0]!);
    assert.deepEqual((await runPython(python!, code, names)).trim().split("\n"), pinned);
  },
});

Deno.test({
  name: `runPython() throws with what the program wrote to stderr${skipped}`,
  ignore: python === null,
  fn: async () => {
    await assert.rejects(runPython(python!, "raise ValueError('seven')"), /ValueError: seven/);
  },
});
