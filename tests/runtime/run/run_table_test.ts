import assert from "node:assert/strict";
import { parquetReadObjects } from "hyparquet";
import type { ListedRun } from "../../../runtime/run/run_list.ts";
import { csvText, tabulateRuns, writeParquet } from "../../../runtime/run/run_table.ts";

const RUNS: readonly ListedRun[] = [1, 2].map((run) => ({
  pipeline: "reach",
  run,
  directory: `runs/reach/000${run}`,
  started: "2026-11-29T02:00:00.000Z",
  seed: 7,
  seeds: { train: run },
  changes: run === 1 ? {} : { "train.options": { hidden: [64] }, "train.steps": 5 },
  damage: null,
  summary: {
    pipeline: "reach",
    run,
    status: "completed",
    digest: "d",
    directory: "",
    seconds: 1.5,
    stages: {
      evaluate: {
        kind: "evaluate",
        key: "k",
        digest: `digest ${run}`,
        path: "",
        cached: false,
        resumedFrom: null,
        seconds: 1,
        counts: { episodes: 100 },
        metrics: { success_rate: 0.5 * run, note: 'a "quoted", text' },
      },
    },
  },
}));

Deno.test("tabulateRuns() has seeds, overrides, figures and digests, one row a run", () => {
  const columns = new Map(tabulateRuns(RUNS).map(({ name, values }) => [name, values]));
  assert.deepEqual(columns.get("run"), [1, 2]);
  assert.deepEqual(columns.get("seed.train"), [1, 2]);
  assert.deepEqual(columns.get("override.train.steps"), [null, 5]);
  assert.deepEqual(columns.get("override.train.options"), [null, '{"hidden":[64]}']);
  assert.deepEqual(columns.get("evaluate.success_rate"), [0.5, 1]);
  assert.deepEqual(columns.get("digest.evaluate"), ["digest 1", "digest 2"]);
});

Deno.test("csvText() quotes what has commas or quotes, and leaves unknown values empty", () => {
  const [head = "", first = ""] = csvText(tabulateRuns(RUNS)).split("\r\n");
  assert.match(head, /^pipeline,run,status,started,seconds,seed,digest,error,/);
  assert.match(first, /"a ""quoted"", text"/);
  assert.match(first, /^reach,1,completed,2026-11-29T02:00:00.000Z,1.5,7,d,,/);
});

Deno.test("writeParquet() writes what hyparquet reads back", async () => {
  const path = await Deno.makeTempFile({ suffix: ".parquet" });
  try {
    await writeParquet(path, tabulateRuns(RUNS));
    const bytes = await Deno.readFile(path);
    const [first, second] = await parquetReadObjects({ file: bytes.buffer });
    assert.equal(first!["evaluate.success_rate"], 0.5);
    assert.equal(second!["override.train.steps"], 5);
    assert.equal(first!["override.train.steps"] ?? null, null);
    assert.equal(first!["evaluate.note"], 'a "quoted", text');
  } finally {
    await Deno.remove(path);
  }
});
