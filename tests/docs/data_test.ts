import assert from "node:assert/strict";
import { join } from "node:path";
import { exportDataset } from "../../store/mod.ts";
import { pythonEnvironment, runPython } from "../../tools/python_env.ts";
import { JobRoot } from "../activities/_job.ts";

const PAGE = new URL("../../docs/data.md", import.meta.url);

const { python, reason } = await pythonEnvironment("tests");

/** Blocks of Python; those that say `torch` need more than the tests install. */
async function readBlocks(): Promise<readonly string[]> {
  const page = await Deno.readTextFile(PAGE);
  return [...page.matchAll(/^```python\n(.*?)^```$/gms)].map(([, code]) => code!);
}

Deno.test({
  name: `Python reads what docs/data.md says${reason ? ` (skipped: ${reason})` : ""}`,
  ignore: python === null,
  fn: async () => {
    await using job = await JobRoot.open();
    await job.makeDataset();
    await job.runWhole("train");
    const dataset = job.directoryOf("merge"), policy = job.directoryOf("train");
    const file = join(job.root, "dataset.h5");
    await exportDataset(dataset, file, "hdf5");
    const paths = JSON.stringify({ dataset, policy, export: file });
    const blocks = await readBlocks();
    assert.equal(blocks.length, 3);
    for (const block of blocks) {
      const code = `import sys, json\nglobals().update(json.loads(sys.argv[1]))\n${block}`;
      assert.notEqual(await runPython(python!, code, [paths]), "", block);
    }
  },
});
