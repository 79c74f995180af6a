import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { denseLayers, type Layer, weightsOf } from "../../../learn/tape/layers.ts";
import { pythonEnvironment } from "../../../tools/python_env.ts";
import { flatten, type Nested, type NetworkCase, relativeError, runNetwork } from "../network.ts";

const GOLDEN = new URL("../../golden/learn/", import.meta.url);

interface GoldenCase extends NetworkCase {
  readonly name: string;
  readonly expected: Expected;
}

interface Expected {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Nested>>;
  readonly weights?: Readonly<Record<string, Nested>>;
}

/** float32 has 24 bits; sums of some hundred products lose a few. */
const TOLERANCE = 2e-6;

function assertAgrees(found: ReturnType<typeof runNetwork>, expected: Expected): void {
  assert.ok(Math.abs(found.loss / expected.loss - 1) < TOLERANCE, "loss");
  for (const [name, gradient] of Object.entries(expected.gradients)) {
    const error = relativeError(found.gradients[name]!, flatten(gradient));
    assert.ok(error < TOLERANCE, `gradient of ${name}: relative error ${error}`);
  }
  for (const [name, weight] of Object.entries(expected.weights ?? {})) {
    const error = relativeError(found.weights[name]!, flatten(weight));
    assert.ok(error < 5 * TOLERANCE, `${name} after the steps: relative error ${error}`);
  }
}

const golden = (await Deno.readTextFile(new URL("networks.jsonl", GOLDEN))).trim().split("\n")
  .map((line) => JSON.parse(line) as GoldenCase); // generate.py wrote it
for (const network of golden) {
  Deno.test(`Tape agrees with JAX in float64: ${network.name}`, () => {
    assertAgrees(runNetwork(network), network.expected);
  });
}

Deno.test("linear() and layerNorm() have the gradients of finite differences", () => {
  const random = createRandom(5, "finite differences", 0);
  const layers: readonly Layer[] = [
    { kind: "linear", name: "a", inputs: 3, outputs: 6, relu: true },
    { kind: "layer_norm", name: "n", width: 6 },
    { kind: "linear", name: "b", inputs: 6, outputs: 2, relu: false },
  ];
  const network = drawNetwork(layers, 5, random);
  const { gradients } = runNetwork(network);
  // A step wide enough for float32; the error of a central difference falls with its square.
  const step = 4e-3;
  for (const [name, values] of Object.entries(network.weights)) {
    const flat = flatten(values);
    const differences = flat.map((_, i) => {
      const [up, down] = [step, -step].map((change) => {
        const moved = flat.map((value, j) => Math.fround(i === j ? value + change : value));
        return runNetwork({ ...network, weights: { ...network.weights, [name]: moved } }).loss;
      });
      return (up! - down!) / (2 * step);
    });
    const error = relativeError(gradients[name]!, differences);
    assert.ok(error < 5e-3, `${name}: relative error ${error}`);
  }
});

Deno.test("Tape.backward() adds the gradients of a weight that is used twice", () => {
  const random = createRandom(6, "twice", 0);
  const layer: Layer = { kind: "linear", name: "a", inputs: 4, outputs: 4, relu: false };
  const network = drawNetwork([layer], 3, random);
  const renamed: Layer = { ...layer, name: "b" };
  const apart = runNetwork({
    ...network,
    layers: [layer, renamed],
    weights: {
      ...network.weights,
      "b/weight": network.weights["a/weight"]!,
      "b/bias": network.weights["a/bias"]!,
    },
  });
  const shared = runNetwork({ ...network, layers: [layer, layer] });
  for (const part of ["weight", "bias"]) {
    const sum = apart.gradients[`a/${part}`]!.map((value, i) =>
      value + apart.gradients[`b/${part}`]![i]!
    );
    assert.ok(relativeError(shared.gradients[`a/${part}`]!, sum) < TOLERANCE);
  }
});

Deno.test("Tape gives the gradients of a batch whatever its microbatches, but for rounding", () => {
  const network = drawNetwork(denseLayers([5, 12, 3]), 50, createRandom(7, "shards", 0));
  const whole = runNetwork(network), parts = runNetwork(network, 7);
  for (const [name, gradient] of Object.entries(whole.gradients)) {
    assert.ok(relativeError(parts.gradients[name]!, gradient) < TOLERANCE, name);
  }
});

const { python, reason } = await pythonEnvironment("tests");
Deno.test({
  name: `Tape agrees with JAX on every gradient of behaviour cloning${
    reason === null ? "" : ` (skipped: ${reason})`
  }`,
  ignore: python === null,
  fn: async () => {
    const network = drawNetwork(denseLayers([20, 256, 256, 4]), 64, createRandom(8, "live", 0));
    const script = new URL("generate.py", GOLDEN).pathname;
    const process = new Deno.Command(python!, {
      args: [script, "--stdin"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const writer = process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify(network)));
    await writer.close();
    const { success, stdout } = await process.output();
    assert.ok(success, "generate.py failed");
    assertAgrees(runNetwork(network), JSON.parse(new TextDecoder().decode(stdout)));
  },
});

/** A network with random weights and a random batch, all float32. */
function drawNetwork(
  layers: readonly Layer[],
  rows: number,
  random: { uniform(low: number, high: number): number },
): NetworkCase {
  const draw = (...shape: readonly number[]): Nested =>
    shape.length === 0
      ? Math.fround(random.uniform(-1, 1))
      : Array.from({ length: shape[0]! }, () => draw(...shape.slice(1)));
  const linear = layers.filter((layer) => layer.kind === "linear");
  return {
    layers,
    weights: Object.fromEntries(weightsOf(layers).map(({ name, shape }) => [name, draw(...shape)])),
    x: draw(rows, linear[0]!.inputs),
    y: draw(rows, linear.at(-1)!.outputs),
  };
}
