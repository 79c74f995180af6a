import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "../../tools/python_env.ts";

/** Runs the tests of the Python package, a file each, by pytest. */

const PACKAGE = fileURLToPath(new URL("../../python", import.meta.url));
const { python, reason } = await pythonEnvironment("tests");
const jupyter = await pythonEnvironment("jupyter");

for (const { name } of Array.from(Deno.readDirSync(`${PACKAGE}/tests`)).sort(byName)) {
  if (!/^test_.*\.py$/.test(name)) continue;
  Deno.test({
    name: `python/tests/${name} passes${reason === null ? "" : ` (skipped: ${reason})`}`,
    ignore: python === null,
    fn: async () => {
      const { success, stdout, stderr } = await new Deno.Command(python!, {
        args: ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", `tests/${name}`],
        cwd: PACKAGE,
        env: {
          PYTHONPATH: `${PACKAGE}/src`,
          PYTHONDONTWRITEBYTECODE: "1",
          SLUICE_DENO: Deno.execPath(),
          ...(jupyter.python === null ? {} : { JUPYTER_PYTHON: jupyter.python }),
        },
      }).output();
      const decoder = new TextDecoder();
      assert.ok(success, decoder.decode(stdout) + decoder.decode(stderr));
    },
  });
}

if (jupyter.python === null) {
  // Within test_docs.py, where pytest's own summary would not be seen.
  Deno.test.ignore(`docs/quickstart.ipynb runs in Jupyter (skipped: ${jupyter.reason})`, () => {});
}

function byName(a: Deno.DirEntry, b: Deno.DirEntry): number {
  return a.name < b.name ? -1 : 1;
}
