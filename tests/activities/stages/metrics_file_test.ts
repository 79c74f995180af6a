import assert from "node:assert/strict";
import { join } from "node:path";
import { METRICS_FILE, readMetrics } from "../../../activities/stages/metrics_file.ts";
import { DamagedStoreError } from "../../../core/errors.ts";

const ROW = '{"step":2,"loss":0.5,"validationLoss":null,"learningRate":0.001}';

async function readText(text: string) {
  const directory = await Deno.makeTempDir({ prefix: "sluice-metrics-" });
  try {
    await Deno.writeTextFile(join(directory, METRICS_FILE), text);
    return await readMetrics(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("readMetrics() gives the rows of a training when it is under way or ended", async () => {
  assert.deepEqual(await readText(""), []);
  assert.deepEqual((await readText(`${ROW}\n${ROW}\n`)).map(({ step }) => step), [2, 2]);
});

Deno.test("readMetrics() names file, line and remedy when a line is no row", async () => {
  const others = ["someone else's", "null", "3", "{}", ROW.slice(0, 20), ROW.replace("0.5", '"x"')];
  for (const line of others) {
    await assert.rejects(readText(`${ROW}\n${line}\n`), (error) => {
      assert(error instanceof DamagedStoreError, `${line}: ${error}`);
      assert.match(error.message, /^Cannot read line 2 of ".*metrics\.jsonl": .*: remove the file/);
      return true;
    });
  }
});
