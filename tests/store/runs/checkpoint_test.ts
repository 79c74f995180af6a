import assert from "node:assert/strict";
import { join } from "node:path";
import type { Tensor } from "../../../core/episode.ts";
import { createRandom } from "../../../core/random.ts";
import {
  latestCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  loadPolicy,
  pruneCheckpoints,
  saveCheckpoint,
  savePolicy,
  StoreWriter,
} from "../../../store/mod.ts";
import { flipBit, withDirectory } from "../_episodes.ts";

function drawTensors(seed: number): Record<string, Tensor> {
  const random = createRandom(seed, "tensors", 0);
  const shapes = { "layer0/weight": [5, 3], "layer0/bias": [3], "adam/m/layer0": [15], scale: [] };
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const size = shape.reduce((product, length) => product * length, 1);
      return [name, { shape, data: Float32Array.from({ length: size }, () => random.normal()) }];
    }),
  );
}

function checkpoint(step: number) {
  return { tensors: drawTensors(step), state: { step, cursor: [step, 7], best: null } };
}

Deno.test("loadCheckpoint() gives what saveCheckpoint() was given", () =>
  withDirectory(async (directory) => {
    for (const step of [100, 0, 20]) await saveCheckpoint(directory, step, checkpoint(step));
    assert.deepEqual(await listCheckpoints(directory), [0, 20, 100]);
    for (const step of [0, 20, 100]) {
      assert.deepEqual(await loadCheckpoint(directory, step), { step, ...checkpoint(step) });
    }
  }));

Deno.test("latestCheckpoint() passes over a damaged one and says so", () =>
  withDirectory(async (directory) => {
    assert.equal(await latestCheckpoint(directory), null);
    for (const step of [10, 20, 30, 40]) await saveCheckpoint(directory, step, checkpoint(step));
    const place = (step: number, path: string) => join(directory, "checkpoints", `${step}`, path);
    await flipBit(place(40, "tensors/layer0/weight/c.0.0"), 0.5);
    await flipBit(place(30, "commit.json"), 0.5);
    const latest = await latestCheckpoint(directory);
    assert.deepEqual(latest!.checkpoint, { step: 20, ...checkpoint(20) });
    assert.equal(latest!.damaged.length, 2);
    assert.match(latest!.damaged[0]!, /array "tensors\/layer0\/weight", chunk 0/);
    assert.match(latest!.damaged[1]!, /30\/commit.json/);
  }));

Deno.test("latestCheckpoint() does not see one that was never committed", () =>
  withDirectory(async (directory) => {
    for (const step of [10, 20]) await saveCheckpoint(directory, step, checkpoint(step));
    await Deno.remove(join(directory, "checkpoints/20/commit.json"));
    assert.equal((await latestCheckpoint(directory))!.checkpoint.step, 10);
  }));

Deno.test("pruneCheckpoints() keeps the last, the best, and nothing else", () =>
  withDirectory(async (directory) => {
    for (const step of [5, 10, 15, 20, 25]) await saveCheckpoint(directory, step, checkpoint(step));
    await Deno.remove(join(directory, "checkpoints/15/commit.json"));
    await pruneCheckpoints(directory, { keep: 2, best: 5 });
    assert.deepEqual(await listCheckpoints(directory), [5, 20, 25]);
    await pruneCheckpoints(directory, { keep: 1, best: null });
    assert.deepEqual(
      [...Deno.readDirSync(join(directory, "checkpoints"))].map(({ name }) => name),
      [
        "25",
      ],
    );
  }));

Deno.test("loadPolicy() gives what savePolicy() was given", () =>
  withDirectory(async (directory) => {
    const policy = { model: "bc", config: { hidden: [256, 256] }, tensors: drawTensors(1) };
    const writer = new StoreWriter(directory);
    await savePolicy(writer, policy);
    await writer.write("policy.onnx", Uint8Array.of(1, 2, 3));
    await writer.commit({ kind: "train" });
    assert.deepEqual(await loadPolicy(directory), policy);
  }));
