import assert from "node:assert/strict";
import type { Tensor } from "../../../core/episode.ts";
import { createRandom } from "../../../core/random.ts";
import { type KernelPreference, preferKernels } from "../../../learn/kernels/choice.ts";
import { mlpWeights, recordMlp } from "../../../learn/models/chunk_flow/network.ts";
import { createBatchForward, createForward, runRows } from "../../../learn/tape/forward.ts";
import { denseLayers, type Layer, recordLayers, weightsOf } from "../../../learn/tape/layers.ts";
import type { WeightSpec } from "../../../learn/tape/parameters.ts";
import type { Tape, Value } from "../../../learn/tape/tape.ts";

const INPUTS = 21, OUTPUTS = 6, COUNT = 11;
const layers: readonly Layer[] = denseLayers([INPUTS, 40, 19, OUTPUTS]).flatMap((layer, i) =>
  i === 2 ? [layer] : [layer, { kind: "layer_norm", name: `norm${i}`, width: [40, 19][i]! }]
);
const residual = { inputs: INPUTS, hidden: [24, 24, 17], outputs: OUTPUTS };

interface Case {
  readonly weights: readonly WeightSpec[];
  readonly record: (tape: Tape, x: Value) => Value;
}

const NETWORKS: Readonly<Record<string, Case>> = {
  "with ReLU and LayerNorm": {
    weights: weightsOf(layers),
    record: (tape, x) => recordLayers(tape, x, layers),
  },
  "with SiLU and residuals": {
    weights: mlpWeights(residual),
    record: (tape, x) => recordMlp(tape, x, residual),
  },
};

const KERNELS: readonly (readonly [KernelPreference, "fma" | "plain"])[] = [
  ["auto", "fma"],
  ["wasm", "fma"],
  ["auto", "plain"],
];

function draw(stream: string, length: number): Float32Array {
  const random = createRandom(4, stream, 0);
  return Float32Array.from({ length }, () => random.uniform(-1, 1));
}

for (const [title, { weights, record }] of Object.entries(NETWORKS)) {
  const tensors: Readonly<Record<string, Tensor>> = Object.fromEntries(
    weights.map(({ name, shape }) => [
      name,
      { shape, data: draw(name, shape.reduce((product, size) => product * size, 1)) },
    ]),
  );
  for (const [kernels, arithmetic] of KERNELS) {
    Deno.test(`createBatchForward() has the bits of single rows: ${title}, ${kernels} ${arithmetic}`, () => {
      preferKernels(kernels);
      try {
        const recordForward = (tape: Tape) => {
          const input = tape.input("x", INPUTS);
          return { input, output: record(tape, input) };
        };
        const saved = { tensors, arithmetic };
        const rows = Array.from({ length: COUNT }, (_, i) => draw(`row ${i}`, INPUTS));
        const { input, output, run } = createForward(weights, saved, recordForward);
        const single = rows.map((row) => {
          input.set(row);
          run();
          return output.slice();
        });
        assert.equal(new Set(single.map(String)).size, COUNT);
        for (const together of [2, 4, 5, COUNT, 16]) {
          const forward = createBatchForward(weights, saved, together, recordForward);
          const found: Float32Array[] = [];
          runRows(
            forward,
            COUNT,
            (input, row) => input.set(rows[row]!),
            (output, row) => found[row] = output.slice(),
          );
          assert.deepEqual(found, single, `${together} rows`);
        }
      } finally {
        preferKernels("auto");
      }
    });
  }
}
