import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import {
  add,
  affine,
  concatColumns,
  meanLoss,
  multiply,
  pointwise,
  type PointwiseFunction,
  rowSums,
  selectColumns,
  sliceColumns,
  subtract,
} from "../../../learn/tape/arithmetic.ts";
import { linear } from "../../../learn/tape/ops.ts";
import { initialWeights, type WeightSpec } from "../../../learn/tape/parameters.ts";
import { ARITHMETIC } from "../../../learn/kernels/kernels.ts";
import { createRecording } from "../../../learn/tape/recording.ts";
import type { Tape, Value } from "../../../learn/tape/tape.ts";
import { gradientsOf } from "./gradients.ts";
import { relativeError } from "../network.ts";

const FUNCTIONS: Readonly<Record<PointwiseFunction, (x: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  softplus: (x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0),
  silu: (x) => x / (1 + Math.exp(-x)),
  asinh: Math.asinh,
  sin: Math.sin,
  cos: Math.cos,
  sqrt: Math.sqrt,
};

for (const [name, expected] of Object.entries(FUNCTIONS)) {
  Deno.test(`pointwise() of ${name} is within 4 units in the last place of its value`, () => {
    const positive = name === "log" || name === "sqrt";
    const random = createRandom(1, name, 0), rows = 4000;
    const x = Float32Array.from({ length: rows }, (_, i) => {
      const size = 10 ** random.uniform(-6, 1.9);
      return positive || i % 2 === 0 ? size : -size;
    });
    const recording = createRecording(
      [],
      { tensors: {}, arithmetic: ARITHMETIC },
      rows,
      (tape) => ({
        y: pointwise(tape, tape.input("x", 1), name as PointwiseFunction), // keys of the table
      }),
    );
    recording.fill("x", x);
    recording.run();
    recording.read("y").forEach((y, i) => {
      const value = expected(x[i]!);
      if (Math.abs(value) < 2e-38) return; // below float32's normal range
      // About its zeros a wave is exact to the place of its largest values.
      const size = name === "sin" || name === "cos" ? 1 : Math.abs(value);
      assert.ok(
        Math.abs(y - value) < 4 * 2 ** -23 * size,
        `${name}(${x[i]}) = ${value}, found ${y}`,
      );
    });
  });
}

/** Every operation, each behind weights, with and without gradients on either side. */
const OPERATIONS: Readonly<Record<string, (tape: Tape, x: Value, input: Value) => Value>> = {
  ...Object.fromEntries(
    Object.keys(FUNCTIONS).map((name) => [
      name,
      (tape: Tape, x: Value) => {
        const positive = affine(tape, pointwise(tape, x, "softplus"), 1, 0.5);
        return pointwise(tape, positive, name as PointwiseFunction); // keys of the table
      },
    ]),
  ),
  "tanh of both signs": (tape, x) => pointwise(tape, affine(tape, x, 1.5), "tanh"),
  "add, subtract": (tape, x, input) => subtract(tape, add(tape, x, input), multiply(tape, x, x)),
  "multiply of an input": (tape, x, input) => multiply(tape, input, x),
  "multiply of a column": (tape, x) => multiply(tape, x, sliceColumns(tape, x, 1, 1)),
  "multiply of a sum": (tape, x) => multiply(tape, x, rowSums(tape, x)),
  "concatColumns, sliceColumns": (tape, x, input) =>
    multiply(
      tape,
      concatColumns(tape, [x, input, sliceColumns(tape, x, 1, 2)]),
      rowSums(tape, multiply(tape, x, input)),
    ),
  "selectColumns": (tape, x) =>
    multiply(tape, selectColumns(tape, x, [2, 0, 0]), sliceColumns(tape, x, 1, 3)),
};

for (const [name, operation] of Object.entries(OPERATIONS)) {
  Deno.test(`Tape has the gradients of finite differences: ${name}`, () => {
    const rows = 5, width = 5, random = createRandom(3, name, 0);
    const weights: readonly WeightSpec[] = [
      { name: "w", shape: [width, width], initial: { uniform: 1 } },
      { name: "b", shape: [width], initial: { uniform: 1 } },
    ];
    const draw = (): Float32Array =>
      Float32Array.from({ length: rows * width }, () => random.uniform(-1, 1));
    const tensors = initialWeights(weights, 2, name);
    const loss = {
      weights,
      tensors,
      rows,
      inputs: { x: draw(), input: draw() },
      record(tape: Tape) {
        const x = linear(tape, tape.input("x", width), { weight: "w", bias: "b" });
        const y = operation(tape, x, tape.input("input", width));
        meanLoss(tape, rowSums(tape, multiply(tape, y, y)), 0.5);
      },
    };
    const { gradients } = gradientsOf(loss);
    const step = 4e-3; // wide enough for float32
    for (const key of ["w", "b"]) {
      const { shape, data } = tensors[key]!;
      const differences = [...data].map((_, i) => {
        const [up, down] = [step, -step].map((change) => {
          const moved = Float32Array.from(data, (value, j) => i === j ? value + change : value);
          return gradientsOf({ ...loss, tensors: { ...tensors, [key]: { shape, data: moved } } })
            .loss;
        });
        return (up! - down!) / (2 * step);
      });
      const error = relativeError([...gradients[key]!.data], differences);
      assert.ok(error < 3e-3, `${key}: relative error ${error}`);
    }
  });
}

Deno.test("add() throws when widths differ", () => {
  assert.throws(
    () =>
      createRecording([], { tensors: {}, arithmetic: ARITHMETIC }, 2, (tape) => ({
        y: add(tape, tape.input("a", 2), tape.input("b", 3)),
      })),
    { name: "TypeError", message: "Cannot combine values: expected width 2, found 3" },
  );
});
