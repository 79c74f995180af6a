import assert from "node:assert/strict";
import { featuresOf } from "../../../../learn/models/chunk_flow/features.ts";
import { CONFIG } from "../../../../learn/models/chunk_flow/config.ts";
import {
  CHUNK_COLUMN,
  STATE_COLUMN,
  windowSource,
} from "../../../../learn/models/chunk_flow/windows.ts";
import golden from "../../../golden/learn/chunk_features.json" with { type: "json" };
import { BODY, createPushSource } from "./_push_source.ts";

const LENGTHS = [5, 1, 12, 3, 7];
const source = createPushSource(LENGTHS);
const config = CONFIG.parse({
  observation: [BODY.point, BODY.position].map((field) => ({ field, width: 2 }))
    .concat([{ field: BODY.angle, width: 1 }]),
  action: { field: "action", width: 2, low: [0, 0], high: [512, 512] },
  horizon: 4,
  nActionSteps: 2,
  nObsSteps: 3,
  hidden: [8],
  body: null,
  flow: null,
});
const body = { ...config, body: { ...BODY, point: [0, 1], position: [2, 3], angle: 4 } };
const scaling = { mean: Float32Array.of(250, 260), scale: Float32Array.of(80, 70) };

Deno.test("windowSource() shows what a policy would know at each step, and what it did next", async () => {
  const features = featuresOf(config, scaling);
  const windows = windowSource(source, config, features);
  const states = (await windows.readSteps(STATE_COLUMN, 0, source.steps)).data;
  const chunks = (await windows.readSteps(CHUNK_COLUMN, 0, source.steps)).data;
  const action = (await source.readSteps("action", 0, source.steps)).data;
  const observed = await Promise.all(
    config.observation.map(async ({ field, width }) => ({
      width,
      data: (await source.readSteps(field, 0, source.steps)).data,
    })),
  );
  const at = (row: number) =>
    observed.flatMap(({ width, data }) =>
      Array.from(data.slice(row * width, (row + 1) * width), Number)
    );
  let begin = 0;
  for (const length of LENGTHS) {
    for (let row = begin; row < begin + length; row++) {
      const before = (steps: number) => at(Math.max(begin, row - steps));
      const difference = (a: readonly number[], b: readonly number[]) => a.map((x, i) => x - b[i]!);
      const acted = (at: number, axis: number) => Number(action[2 * at + axis]);
      const last = [0, 1].map((axis) => row === begin ? scaling.mean[axis]! : acted(row - 1, axis));
      assert.deepEqual(
        Array.from(states.subarray(row * features.width, (row + 1) * features.width), Number),
        [
          ...at(row),
          ...difference(at(row), before(1)),
          ...difference(before(1), before(2)),
          ...last,
        ],
      );
      for (let k = 0; k < 4; k++) {
        const at = Math.min(begin + length - 1, row + k); // the last action goes on
        [0, 1].forEach((axis) => {
          const expected = (acted(at, axis) - scaling.mean[axis]!) / scaling.scale[axis]!;
          assert.equal(chunks[8 * row + 2 * k + axis], expected);
        });
      }
    }
    begin += length;
  }
});

Deno.test("windowSource() has the same rows in any range", async () => {
  for (const shape of [config, CONFIG.parse(body)]) {
    const windows = windowSource(source, shape, featuresOf(shape, scaling));
    for (const field of [STATE_COLUMN, CHUNK_COLUMN]) {
      const whole = (await windows.readSteps(field, 0, source.steps)).data;
      const width = whole.length / source.steps;
      for (let start = 0; start < source.steps; start += 3) {
        for (const end of [start + 1, Math.min(source.steps, start + 6)]) {
          const { data } = await windows.readSteps(field, start, end);
          assert.deepEqual(data, whole.slice(start * width, end * width));
        }
      }
    }
  }
});

Deno.test("a body's features and actions are those of another implementation", () => {
  const parsed = CONFIG.parse(body), features = featuresOf(parsed, scaling);
  for (const { observation, previous, lastAction, features: expected, actions, coded } of golden) {
    const found = new Float64Array(features.width);
    features.encodeState({ observation, previous, lastAction }, found);
    assert.equal(found.length, expected.length);
    found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-9, `feature ${i}`));
    const chunk = new Float64Array(actions.length), back = new Float64Array(actions.length);
    features.encodeActions(observation, actions, chunk);
    chunk.forEach((value, i) => assert.ok(Math.abs(value - coded[i]!) < 1e-9));
    features.decodeActions(observation, chunk, back);
    back.forEach((value, i) => assert.ok(Math.abs(value - actions[i]!) < 1e-9));
    features.firstAction(observation, back);
    assert.deepEqual([...back.subarray(0, 2)], observation.slice(0, 2));
  }
});
