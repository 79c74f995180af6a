import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "../../tools/python_env.ts";

/** Runs the tests of the Python package, a file each, by pytest. */

const PACKAGE = fileURLToPath(new URL("../../python", import.meta.url));
const { python, reason } = await pythonEnvironment("tests");
const jupyter = await pythonEnvironment("jupyter");

/** Files of tests that run at the same time: they would be the last of the suite, one after another. */
const LANES = 2;

const names = Array.from(Deno.readDirSync(`${PACKAGE}/tests`), ({ name }) => name)
  .filter((name) => /^test_.*\.py$/.test(name)).sort();

Deno.test({
  name: `the tests of the Python package pass${reason === null ? "" : ` (skipped: ${reason})`}`,
  ignore: python === null,
  fn: async (t) => {
    const queue = names.values();
    const work = async () => {
      for (const name of queue) {
        // Steps that overlap cannot tell whose resources are whose.
        const sanitizers = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
        await t.step({ name, fn: () => runPytest(name), ...sanitizers });
      }
    };
    await Promise.all(Array.from({ length: LANES }, work));
  },
});

async function runPytest(name: string): Promise<void> {
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
}

if (jupyter.python === null) {
  // Within test_docs.py, where pytest's own summary would not be seen.
  Deno.test.ignore(`docs/quickstart.ipynb runs in Jupyter (skipped: ${jupyter.reason})`, () => {});
}
