import assert from "node:assert/strict";
import { type Column, type EpisodeSource, rowSize, SPLITS } from "../../core/episode.ts";
import { createRandom } from "../../core/random.ts";
import { splitHeading } from "../../core/rotation.ts";
import { encodeHeading, STATE_FIELDS } from "../../learn/models/path_encoding.ts";
import { createPolicy, exportOnnx, loadOnnxPolicy, trainModel } from "../../learn/mod.ts";

/** Walks of a robot that turns and tilts, whose action depends on what it sees from its heading. */
function createWalks(episodes: number, length: number): EpisodeSource {
  const random = createRandom(3, "walks", 0), rows = episodes * length;
  const widths = [...STATE_FIELDS, ["observation/path", 15], ["action", 12]] as const;
  const columns: Record<string, Column & { data: Float32Array }> = {};
  for (const [name, width] of widths) {
    const shape = name === "observation/path" ? [5, 3] : [width];
    columns[name] = { dtype: "float32", shape, data: new Float32Array(rows * width) };
  }
  const row = new Float64Array(51), seen = new Float64Array(51);
  for (let at = 0; at < rows; at++) {
    for (let i = 0; i < 51; i++) row[i] = random.normal();
    row.set(rotationOf(random.uniform(-3, 3), 0.2 * random.normal(), 0.2 * random.normal()), 3);
    encodeHeading(row, seen);
    let offset = 0;
    for (const [name, width] of widths.slice(0, -1)) {
      columns[name]!.data.set(row.subarray(offset, offset + width), at * width);
      offset += width;
    }
    const action = columns["action"]!.data;
    for (let j = 0; j < 12; j++) action[at * 12 + j] = 3 * seen[6 + j % 2]! - seen[36 + j % 2]!;
  }
  const split = Uint8Array.from({ length: episodes }, (_, i) => {
    return SPLITS.indexOf(i % 5 === 4 ? "validation" : "train");
  });
  return {
    schema: {
      environment: "walks",
      controlHz: 250,
      step: Object.entries(columns).map(([name, { dtype, shape }]) => ({
        name,
        dtype,
        shape,
        description: name,
      })),
      episode: [],
    },
    episodes,
    steps: rows,
    episodeEnds: Float64Array.from({ length: episodes }, (_, i) => (i + 1) * length),
    statistics: {},
    readSteps(field, start, end) {
      const { shape, data } = columns[field]!, size = rowSize(shape);
      return Promise.resolve({
        dtype: "float32",
        shape,
        data: data.slice(start * size, end * size),
      });
    },
    readEpisodes: () => Promise.resolve({ dtype: "uint8", shape: [], data: split }),
  };
}

type Quaternion = readonly [w: number, x: number, y: number, z: number];

/** A turn about the vertical after a tilt about a horizontal axis, by Hamilton's product. */
function rotationOf(heading: number, tiltX: number, tiltY: number): number[] {
  const tilt = Math.hypot(tiltX, tiltY) || 1e-12, sine = Math.sin(tilt / 2) / tilt;
  const [a, b, c]: number[] = [Math.cos(tilt / 2), tiltX * sine, tiltY * sine];
  const h = Math.cos(heading / 2), z = Math.sin(heading / 2);
  return vectorOf([h * a!, h * b! - z * c!, h * c! + z * b!, z * a!]);
}

function vectorOf([w, x, y, z]: Quaternion): number[] {
  const sign = w < 0 ? -1 : 1, sine = Math.hypot(x, y, z);
  const scale = sign * 2 * Math.atan2(sine, Math.abs(w)) / Math.max(sine, 1e-12);
  return [x * scale, y * scale, z * scale];
}

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

const walks = createWalks(10, 2000);

function train(parameters: Record<string, number | string | number[]>) {
  return trainModel({
    model: "path-policy",
    parameters: { epochs: 40, batch: 64, hidden: [48, 32], ...parameters },
    seed: 1,
    stream: "train",
    source: walks,
    checkpointEvery: 10_000,
    validateEvery: 500,
  });
}

Deno.test("path-policy trains on every fifth row for its epochs, better from the heading", async () => {
  const heading = await train({}), absolute = await train({ encoding: "absolute" });
  // 8 of 10 episodes, 400 rows of each.
  assert.equal(heading.state.step, Math.ceil(40 * 8 * 400 / 64));
  const loss = ({ metrics }: typeof heading) => metrics.at(-1)!.validationLoss!;
  assert.ok(loss(heading) < 0.5 * loss(absolute), `${loss(heading)} ${loss(absolute)}`);
});

for (const parameters of [{}, { encoding: "absolute" }, { horizon: 20 }]) {
  Deno.test(`path-policy in ONNX acts alike with ${JSON.stringify(parameters)}`, async () => {
    const { policy } = await train({ epochs: 1, ...parameters });
    const act = createPolicy(policy);
    const onnx = await loadOnnxPolicy(exportOnnx(policy));
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
    await onnx.close();
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
  const options = { model: "path-policy", seed: 1, stream: "train", source: createWalks(4, 200) };
  await assert.rejects(
    trainModel({ ...options, parameters: {}, checkpointEvery: 1, validateEvery: 1 }),
    { message: /expected trajectories of at least 250 control steps, found one of 200/ },
  );
});
