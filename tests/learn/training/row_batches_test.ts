import assert from "node:assert/strict";
import type { Split } from "../../../core/episode.ts";
import { type InputColumns, readSplit } from "../../../learn/training/episode_rows.ts";
import { openRowBatches } from "../../../learn/training/row_batches.ts";
import { openValidationRows } from "../../../learn/training/validation_rows.ts";
import { createMemorySource } from "../memory_source.ts";

const source = createMemorySource({ episodes: 30 });
/** Rows are told apart by their first number. */
const columns: readonly InputColumns[] = [{
  input: "observation",
  fields: ["observation/position", "observation/target"],
  mean: new Float32Array(20).fill(1),
  scale: new Float32Array(20).fill(2),
}];

async function splitRows(split: Split, from = source): Promise<number[]> {
  const { data } = await from.readSteps("observation/position", 0, from.steps);
  return (await readSplit(from, split)).flatMap(({ start, end }) =>
    Array.from(
      { length: end - start },
      (_, i) => Math.fround((Number(data[(start + i) * 12]) - 1) / 2),
    )
  );
}

/** First numbers of the rows of some batches. */
async function drawRows(
  steps: readonly number[],
  batch: number,
  changes: { readonly windowFloats?: number; readonly blockRows?: number } = {},
): Promise<number[]> {
  const batches = await openRowBatches(source, {
    columns,
    batch,
    seed: 2,
    stream: "train",
    ...changes,
  });
  const out = new Float32Array(batch * 24), rows: number[] = [];
  for (const step of steps) {
    await batches.prepare(step);
    batches.fill("observation", 0, batch, out, 24);
    for (let row = 0; row < batch; row++) rows.push(out[row * 24]!);
  }
  return rows;
}

const numeric = (a: number, b: number): number => a - b;
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

for (
  const [what, changes] of [
    ["in memory", {}],
    ["window by window", { windowFloats: 20 * 150, blockRows: 50 }],
  ] as const
) {
  Deno.test(`openRowBatches() covers every training row once an epoch, ${what}`, async () => {
    const expected = (await splitRows("train")).sort(numeric);
    const batch = 16, rows = expected.length;
    const drawn = await drawRows(range(Math.ceil(2 * rows / batch)), batch, changes);
    const first = drawn.slice(0, rows), second = drawn.slice(rows, 2 * rows);
    assert.deepEqual(first.toSorted(numeric), expected);
    assert.deepEqual(second.toSorted(numeric), expected);
    assert.notDeepEqual(first, second);
    assert.notDeepEqual(first, await splitRows("train"));
  });

  Deno.test(`openRowBatches() makes the same batch of a step on any way to it, ${what}`, async () => {
    const whole = await drawRows(range(120), 16, changes);
    for (const step of [0, 7, 61, 119]) {
      assert.deepEqual(await drawRows([step], 16, changes), whole.slice(step * 16, step * 16 + 16));
    }
  });
}

Deno.test("openRowBatches() refuses a dataset without training episodes", async () => {
  const empty = createMemorySource({ episodes: 0 });
  await assert.rejects(
    openRowBatches(empty, { columns, batch: 4, seed: 1, stream: "train" }),
    { name: "InvalidInputError", message: /expected episodes in the training split, found none/ },
  );
});

Deno.test("openValidationRows() has the rows of the split, in order", async () => {
  const expected = await splitRows("validation");
  const rows = await openValidationRows(source, columns);
  assert.equal(rows.rows, expected.length);
  const out = new Float32Array(expected.length * 24);
  rows.fill("observation", 0, expected.length, out, 24);
  assert.deepEqual(expected.map((_, row) => out[row * 24]!), expected);
});

Deno.test("openValidationRows() thins a large split to runs over all of it", async () => {
  const large = createMemorySource({ episodes: 1000 });
  const validation = await openValidationRows(large, columns);
  const { rows } = validation;
  assert.ok(rows > 1024 && rows <= 2048, `${rows} rows`); // runs end with their episode
  const out = new Float32Array(rows * 24);
  validation.fill("observation", 0, rows, out, 24);
  const split = await splitRows("validation", large);
  const places = Array.from({ length: rows }, (_, row) => split.indexOf(out[row * 24]!));
  assert.deepEqual(places, places.toSorted(numeric));
  assert.equal(places[0], 0);
  const run = split.length / 64;
  places.forEach((place) => assert.ok((place + 1) % run < 34, `row ${place} is within no run`));
  assert.ok(places.at(-1)! >= split.length - run);
});
