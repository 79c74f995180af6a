import assert from "node:assert/strict";
import { join } from "node:path";
import { exportDataset } from "../../store/foreign.ts";
import { pythonEnvironment, runPython } from "../../tools/python_env.ts";
import { JobRoot } from "../activities/_job.ts";

const PAGE = new URL("../../docs/data.md", import.meta.url);

/** Gives a block its paths; of files that are no Zarr nothing may warn. */
const PREFIX = `import sys, json, warnings
globals().update(json.loads(sys.argv[1]))
warnings.filterwarnings("error", message="Object at")`;

const { python, reason } = await pythonEnvironment("tests");

/** Blocks of Python; those that say `torch` need more than the tests install. */
async function readBlocks(): Promise<readonly string[]> {
  const page = await Deno.readTextFile(PAGE);
  return [...page.matchAll(/^```python\n(.*?)^```$/gms)].map(([, code]) => code!);
}

/** The block of TypeScript as a program of its own. */
async function writeProgram(directory: string, dataset: string): Promise<string> {
  const page = await Deno.readTextFile(PAGE);
  const [, code] = /^```ts ignore\n(.*?)^```$/ms.exec(page)!;
  const file = join(directory, "read.ts");
  const library = JSON.stringify(new URL("../../mod.ts", import.meta.url).href);
  const program = code!.replace('"@sluice/sluice"', library)
    .replace('"data/runs/reach-expert/latest/stages/merge"', JSON.stringify(dataset));
  await Deno.writeTextFile(file, program);
  return file;
}

Deno.test("docs/data.md reads what a run leaves", async (t) => {
  await using job = await JobRoot.open();
  await job.makeDataset();
  const dataset = job.directoryOf("merge");
  await t.step("in TypeScript", async () => {
    const config = decodeURIComponent(new URL("../../deno.json", import.meta.url).pathname);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--frozen", "--config", config, await writeProgram(job.root, dataset)],
    }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    assert.equal(lines[0], "[ 64, 4, 4 ] 1024", new TextDecoder().decode(stderr));
  });
  await t.step({
    name: `in Python${reason ? ` (skipped: ${reason})` : ""}`,
    ignore: python === null,
    fn: async () => {
      await job.runWhole("train");
      const policy = job.directoryOf("train"), file = join(job.root, "dataset.h5");
      await exportDataset(dataset, file, "hdf5");
      const shard = join(job.directoryOf("generate"), "shards/000000.zip");
      const paths = JSON.stringify({ dataset, policy, shard, export: file });
      const blocks = await readBlocks();
      assert.equal(blocks.length, 5);
      for (const block of blocks) {
        const code = `${PREFIX}\n${block}`;
        assert.notEqual(await runPython(python!, code, [paths]), "", block);
      }
    },
  });
});
