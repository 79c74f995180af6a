import assert from "node:assert/strict";
import type { Tensor } from "../../../core/episode.ts";
import { createRandom } from "../../../core/random.ts";
import type { FlowArchitecture } from "../../../learn/flow/architecture.ts";
import { bridgeWeights, recordBridgeSample } from "../../../learn/flow/bridge.ts";
import { recordFlowLoss, recordInputs } from "../../../learn/flow/losses.ts";
import { planWidth } from "../../../learn/flow/plan.ts";
import {
  recordLogDensity,
  recordSample,
  transitionWeights,
} from "../../../learn/flow/transition.ts";
import { ARITHMETIC } from "../../../learn/kernels/kernels.ts";
import { createRecording } from "../../../learn/tape/recording.ts";
import { pythonEnvironment } from "../../../tools/python_env.ts";
import { gradientsOf } from "../tape/gradients.ts";
import { relativeError } from "../network.ts";

const ARCHITECTURE: FlowArchitecture = {
  state: 5,
  condition: 3,
  plan: null,
  body: null,
  hiddenSize: 16,
  depth: 2,
  conditionerHiddenSize: 12,
  conditionerDepth: 1,
  numFlowLayers: 4,
  scaleFn: "tanh_exp",
  activation: "silu",
  auxHiddenSize: 10,
  auxDepth: 1,
  auxConditionerHiddenSize: 14,
  auxConditionerDepth: 2,
  auxNumFlowLayers: 2,
  auxScaleFn: "exp",
};
/** A T, its normalisation different in x and y. */
const BODY: NonNullable<FlowArchitecture["body"]> = {
  point: [{ column: 0, mean: 20, scale: 50 }, { column: 1, mean: 30, scale: 60 }],
  position: [{ column: 2, mean: 10, scale: 40 }, { column: 3, mean: -10, scale: 70 }],
  angle: { column: 4, mean: 3, scale: 1.8 },
  boxes: [[-60, 60, 0, 30], [-15, 15, 30, 120]],
  radius: 15,
  size: 60,
};
const FACTORS = { consistency: 0.5, robust: 1 };
const ROWS = 48;

/** Weights far enough from their first values that every term of the loss matters. */
function drawWeights(architecture: FlowArchitecture): Record<string, Tensor> {
  const random = createRandom(11, "weights", 0);
  return Object.fromEntries(
    [...transitionWeights(architecture), ...bridgeWeights(architecture)].map(({ name, shape }) => {
      const size = Math.sqrt(1 / shape[0]);
      const length = shape[0] * (shape[1] ?? 1);
      const data = Float32Array.from({ length }, () => 0.3 * size * random.normal());
      return [name, { shape, data }];
    }),
  );
}

function drawInputs({ state, condition, plan }: FlowArchitecture): Record<string, Float32Array> {
  const random = createRandom(12, "inputs", 0);
  const normal = (width: number, scale = 1): Float32Array =>
    Float32Array.from({ length: ROWS * width }, () => scale * random.normal());
  const uniform = (low: number, high: number): Float32Array =>
    Float32Array.from({ length: ROWS }, () => random.uniform(low, high));
  const now = normal(state);
  // About the state that follows them, as targets are.
  const planned = (): Float32Array =>
    normal(planWidth(2), 0.2).map((value, i) => {
      const row = Math.floor(i / planWidth(2)), column = i % planWidth(2);
      return column < planWidth(2) - 2 ? value + now[row * state + column % 2]! : value;
    });
  return {
    state: now,
    next: now.map((value) => value + 0.1 * random.normal()),
    condition: normal(condition),
    time: uniform(0, 30),
    interval: uniform(1, 10).map(Math.round),
    weight: uniform(0.2, 2),
    strength: uniform(0, 1),
    ratio: uniform(0.05, 0.95),
    ...(plan === null ? {} : {
      plan: planned(),
      planFirst: planned(),
      planSecond: planned(),
    }),
    ...Object.fromEntries([0, 1, 2, 3].map((i) => [`noise${i}`, normal(state)])),
  };
}

const { python, reason } = await pythonEnvironment("tests");
for (
  const [name, changes] of Object.entries(
    {
      "all terms": {},
      "one component": { state: 1 },
      "a plan, a body, other functions": {
        plan: { columns: [0, 1] },
        body: BODY,
        activation: "tanh",
        scaleFn: "exp",
        auxScaleFn: "tanh_exp",
      },
    } satisfies Record<string, Partial<FlowArchitecture>>,
  )
) {
  Deno.test({
    name: `recordFlowLoss() agrees with JAX in float64 on every gradient: ${name}${
      reason === null ? "" : ` (skipped: ${reason})`
    }`,
    ignore: python === null,
    fn: async () => {
      const architecture: FlowArchitecture = { ...ARCHITECTURE, ...changes };
      const tensors = drawWeights(architecture), inputs = drawInputs(architecture);
      const expected = await askOracle(architecture, tensors, inputs);
      const { loss, gradients } = gradientsOf({
        weights: [...transitionWeights(architecture), ...bridgeWeights(architecture)],
        tensors,
        inputs,
        rows: ROWS,
        record: (tape) => recordFlowLoss(tape, architecture, FACTORS),
      });
      assert.ok(Math.abs(loss / expected.loss - 1) < 1e-5, `loss ${loss}, ${expected.loss}`);
      for (const [weight, gradient] of Object.entries(expected.gradients)) {
        const error = relativeError([...gradients[weight]!.data], gradient);
        assert.ok(error < 1e-4, `gradient of ${weight}: relative error ${error}`);
      }
    },
  });
}

async function askOracle(
  architecture: FlowArchitecture,
  tensors: Readonly<Record<string, Tensor>>,
  inputs: Readonly<Record<string, Float32Array>>,
): Promise<{ loss: number; gradients: Readonly<Record<string, readonly number[]>> }> {
  const rows = (data: Float32Array): number[][] => {
    const width = data.length / ROWS;
    return Array.from({ length: ROWS }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
  };
  const request = {
    architecture,
    factors: FACTORS,
    tensors: Object.fromEntries(
      Object.entries(tensors).map(([key, { shape, data }]) => [key, { shape, data: [...data] }]),
    ),
    inputs: Object.fromEntries(Object.entries(inputs).map(([key, data]) => [key, rows(data)])),
  };
  const process = new Deno.Command(python!, {
    args: [decodeURIComponent(new URL("oracle.py", import.meta.url).pathname)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(request)));
  await writer.close();
  const { success, stdout } = await process.output();
  assert.ok(success, "oracle.py failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("recordSample() gives the present state, bit for bit, when the interval is zero", () => {
  const inputs = drawInputs(ARCHITECTURE);
  inputs.interval!.fill(0);
  const recording = createRecording(
    transitionWeights(ARCHITECTURE),
    { tensors: drawWeights(ARCHITECTURE), arithmetic: ARITHMETIC },
    ROWS,
    (tape) => {
      const { from, interval } = recordInputs(tape, ARCHITECTURE);
      const noise = tape.input("noise0", 5);
      return { sample: recordSample(tape, ARCHITECTURE, from, interval, noise).value };
    },
  );
  for (const name of ["state", "condition", "time", "interval", "noise0"]) {
    recording.fill(name, inputs[name]!);
  }
  recording.run();
  assert.deepEqual(recording.read("sample"), inputs.state);
});

for (const ratio of [0, 1]) {
  Deno.test(`recordBridgeSample() gives an end when the ratio is ${ratio}`, () => {
    const inputs = drawInputs(ARCHITECTURE);
    const recording = createRecording(
      bridgeWeights(ARCHITECTURE),
      { tensors: drawWeights(ARCHITECTURE), arithmetic: ARITHMETIC },
      ROWS,
      (tape) => {
        const { from, interval } = recordInputs(tape, ARCHITECTURE);
        const ends = {
          from,
          interval,
          to: tape.input("next", 5),
          ratio: tape.input("ratio", 1),
          planLate: null,
        };
        const noise = tape.input("noise0", 5);
        return { sample: recordBridgeSample(tape, ARCHITECTURE, ends, noise).value };
      },
    );
    inputs.ratio!.fill(ratio);
    for (const name of ["state", "condition", "time", "interval", "next", "ratio", "noise0"]) {
      recording.fill(name, inputs[name]!);
    }
    recording.run();
    const expected = ratio === 0 ? inputs.state! : inputs.next!;
    assert.ok(relativeError([...recording.read("sample")], [...expected]) < 2 ** -22);
  });
}

Deno.test("recordLogDensity() gives the density that recordSample() had of its sample", () => {
  const recording = createRecording(
    transitionWeights(ARCHITECTURE),
    { tensors: drawWeights(ARCHITECTURE), arithmetic: ARITHMETIC },
    ROWS,
    (tape) => {
      const { from, interval } = recordInputs(tape, ARCHITECTURE);
      const noise = tape.input("noise0", 5);
      const { value, logDensity } = recordSample(tape, ARCHITECTURE, from, interval, noise);
      const back = recordLogDensity(tape, ARCHITECTURE, from, interval, value).logDensity;
      return { logDensity, back };
    },
  );
  const inputs = drawInputs(ARCHITECTURE);
  for (const name of ["state", "condition", "time", "interval", "noise0"]) {
    recording.fill(name, inputs[name]!);
  }
  recording.run();
  const error = relativeError([...recording.read("back")], [...recording.read("logDensity")]);
  assert.ok(error < 1e-4, `relative error ${error}`);
});
