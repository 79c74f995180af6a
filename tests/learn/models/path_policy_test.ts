import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { splitHeading } from "../../../core/rotation.ts";
import { encodeHeading } from "../../../learn/models/path_encoding.ts";
import { createPolicy, trainModel } from "../../../learn/mod.ts";
import { openExported } from "../../activities/onnx/_spaces.ts";
import { createWalkSource, rotationOf } from "../walk_source.ts";

Deno.test("splitHeading() finds the turn and the tilt that a rotation was made of", () => {
  const random = createRandom(1, "rotation", 0);
  for (let i = 0; i < 1000; i++) {
    const heading = random.uniform(-3.1, 3.1);
    const tilt = [random.uniform(-0.9, 0.9), random.uniform(-0.9, 0.9)] as const;
    const found = splitHeading(rotationOf(heading, ...tilt), 0);
    assert.ok(Math.abs(found.cos - Math.cos(heading)) < 1e-9);
    assert.ok(Math.abs(found.sin - Math.sin(heading)) < 1e-9);
    assert.ok(Math.abs(found.tiltX - tilt[0]) < 1e-9 && Math.abs(found.tiltY - tilt[1]) < 1e-9);
  }
});

Deno.test("encodeHeading() sees the same wherever a robot stands and looks", () => {
  const random = createRandom(2, "rows", 0);
  for (let i = 0; i < 100; i++) {
    const row = Float64Array.from({ length: 51 }, () => random.normal());
    const tilt = [0.3 * random.normal(), 0.3 * random.normal()] as const;
    row.set(rotationOf(0.4, ...tilt), 3);
    const moved = row.slice(), turn = random.uniform(-2.5, 2.5);
    moved[0]! += 5;
    moved[1]! -= 3;
    moved.set(rotationOf(0.4 + turn, ...tilt), 3);
    const cos = Math.cos(turn), sin = Math.sin(turn);
    for (const at of [6, 36, 39, 42, 45, 48]) {
      moved[at] = cos * row[at]! - sin * row[at + 1]!;
      moved[at + 1] = sin * row[at]! + cos * row[at + 1]!;
    }
    const seen = new Float64Array(51), again = new Float64Array(51);
    encodeHeading(row, seen);
    encodeHeading(moved, again);
    seen.forEach((value, j) => assert.ok(Math.abs(value - again[j]!) < 1e-9, `${j}`));
    assert.deepEqual([...seen.subarray(9, 36)], [...row.subarray(9, 36)]);
    assert.deepEqual([seen[0], seen[1], seen[5]], [0, 0, 0]);
  }
});

const walks = createWalkSource(10, 2000, createRandom(3, "walks", 0));

function train(parameters: Record<string, number | string | number[]>, threads = 1) {
  return trainModel({
    model: "path-policy",
    parameters: { epochs: 40, batch: 64, hidden: [48, 32], ...parameters },
    seed: 1,
    stream: "train",
    source: walks,
    checkpointEvery: 10_000,
    validateEvery: 500,
    threads,
  });
}

Deno.test("path-policy trains on every fifth row for its epochs, better from the heading", async () => {
  const heading = await train({}), absolute = await train({ encoding: "absolute" });
  // 8 of 10 episodes, 400 rows of each.
  assert.equal(heading.state.step, Math.ceil(40 * 8 * 400 / 64));
  const loss = ({ metrics }: typeof heading) => metrics.at(-1)!.validationLoss!;
  assert.ok(loss(heading) < 0.5 * loss(absolute), `${loss(heading)} ${loss(absolute)}`);
});

Deno.test("path-policy trains to the same bytes on one thread and on two", async () => {
  const parameters = { epochs: 1, batch: 150 }; // microbatches of 64, 64 and 22 rows
  const alone = await train(parameters), together = await train(parameters, 2);
  assert.deepEqual(together.state, alone.state);
  assert.deepEqual(together.policy, alone.policy);
});

for (const parameters of [{}, { encoding: "absolute" }, { horizon: 20 }]) {
  Deno.test(`path-policy in ONNX acts alike with ${JSON.stringify(parameters)}`, async () => {
    const { policy } = await train({ epochs: 1, ...parameters });
    const act = createPolicy(policy);
    await using onnx = await openExported(policy);
    const random = createRandom(4, "observations", 0);
    for (let i = 0; i < 20; i++) {
      const row = Float32Array.from({ length: 51 }, () => random.normal());
      row.set(rotationOf(random.uniform(-3, 3), i === 0 ? 0 : 0.3, i === 0 ? 0 : -0.2), 3);
      if (i === 1) row.fill(0, 3, 6);
      const [expected, found] = [act(row).slice(), await onnx.act(row)];
      expected.forEach((value, j) => {
        assert.ok(Math.abs(value - found[j]!) < 1e-4, `${i} ${j}: ${value} ${found[j]}`);
      });
    }
    assert.throws(() => act(new Float32Array(36)), RangeError);
  });
}

Deno.test("path-policy refuses a horizon that no trajectory or no waypoint reaches", async () => {
  for (const horizon of [60, 25]) {
    await assert.rejects(train({ horizon }), {
      name: "InvalidInputError",
      message: /horizon \d+: expected a multiple of 10 up to 50/,
    });
  }
  const short = createWalkSource(4, 200, createRandom(3, "walks", 0));
  const options = { model: "path-policy", seed: 1, stream: "train", source: short };
  await assert.rejects(
    trainModel({ ...options, parameters: {}, checkpointEvery: 1, validateEvery: 1 }),
    { message: /expected trajectories of at least 250 control steps, found one of 200/ },
  );
});
