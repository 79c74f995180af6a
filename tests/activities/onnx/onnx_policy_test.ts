import assert from "node:assert/strict";
import { openOnnxPolicy } from "../../../activities/onnx/onnx_policy.ts";
import type { PolicyDescription } from "../../../activities/onnx/description.ts";
import { sha256Hex } from "../../../core/canonical.ts";
import { createRandom } from "../../../core/random.ts";
import { type AsyncPolicyFunction, getEnvironment, rolloutCandidates } from "../../../sim/mod.ts";
import { float32 } from "../../sim/_tables.ts";

/** Policies that make_policies.py made of the programs in docs/policies.md. */
interface Golden {
  readonly program: string;
  readonly seed: number;
  readonly observations: readonly (readonly number[])[];
  readonly actions: readonly (readonly number[])[];
}

/** Environment in which each policy of the page acts. */
const ENVIRONMENTS = {
  lstm: getEnvironment("reach"),
  chunk: getEnvironment("push-t", { engine: "chipmunk" }),
} as const;

type Name = keyof typeof ENVIRONMENTS;

function pathOf(file: string): URL {
  return new URL(`policies/${file}`, import.meta.url);
}

async function readPolicy(name: Name) {
  const description = await Deno.readTextFile(pathOf(`${name}.onnx.json`));
  const golden: Golden = JSON.parse(await Deno.readTextFile(pathOf(`${name}.json`)));
  const given: PolicyDescription = JSON.parse(description);
  return { bytes: await Deno.readFile(pathOf(`${name}.onnx`)), description, given, golden };
}

const POLICIES = { lstm: await readPolicy("lstm"), chunk: await readPolicy("chunk") };

/** The image that make_policies.py shows at a step. */
function imageAt(step: number): Uint8Array {
  return Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => 7 * i + 31 * step);
}

/** Acts through the steps of a golden episode from one on. */
async function actFrom(act: AsyncPolicyFunction, { observations }: Golden, start: number) {
  const actions: number[][] = [];
  for (let step = start; step < observations.length; step++) {
    const observation = Float32Array.from(observations[step]!);
    actions.push([...await act(observation, () => imageAt(step))]);
  }
  return actions;
}

for (const name of ["lstm", "chunk"] as const) {
  const { golden, ...file } = POLICIES[name], environment = ENVIRONMENTS[name];

  Deno.test(`openOnnxPolicy() acts as PyTorch does with the ${name} policy of the docs`, async () => {
    await using policy = await openOnnxPolicy(file, environment);
    policy.act.begin!(createRandom(golden.seed, "policy", 0));
    const found = await actFrom(policy.act, golden, 0);
    const size = name === "lstm" ? 0.05 : 256;
    golden.actions.flat().forEach((value, i) => {
      assert.ok(
        Math.abs(found.flat()[i]! - value) < 2e-6 * size,
        `${i}: ${found.flat()[i]} ${value}`,
      );
    });
  });

  Deno.test(`the ${name} policy goes on to the bit from its snapshot`, async () => {
    await using policy = await openOnnxPolicy(file, environment);
    await using other = await openOnnxPolicy(file, environment);
    const begin = () => policy.act.begin!(createRandom(golden.seed, "policy", 0));
    begin();
    const whole = await actFrom(policy.act, golden, 0);
    begin();
    assert.deepEqual(await actFrom(policy.act, golden, 0), whole, "nothing of an earlier episode");
    begin();
    for (let step = 0; step < golden.observations.length; step++) {
      other.act.restore!(policy.act.snapshot!());
      assert.deepEqual(await actFrom(other.act, golden, step), whole.slice(step), `from ${step}`);
      const observation = Float32Array.from(golden.observations[step]!);
      await policy.act(observation, () => imageAt(step));
    }
  });

  Deno.test(`an episode of the ${name} policy knows nothing of the others`, async () => {
    await using policy = await openOnnxPolicy(file, environment);
    const run = (first: number, count: number) =>
      rolloutCandidates({
        ...{ environment, policy: policy.act, seed: 3, stream: "evaluate", maxSteps: 10 },
        ...{ first, count },
      });
    const [all, last] = [await run(0, 3), await run(2, 1)];
    const actions = float32(all.step["action"]), size = environment.action.shape[0]!;
    assert.deepEqual(float32(last.step["action"]), actions.subarray(20 * size));
    assert.notDeepEqual(actions.subarray(0, size), actions.subarray(10 * size, 11 * size));
  });
}

Deno.test("the policies of the test are those of the programs in docs/policies.md", async () => {
  const page = await Deno.readTextFile(new URL("../../../docs/policies.md", import.meta.url));
  const programs = [...page.matchAll(/^```python\n(.*?)^```$/gms)].map(([, code]) => code!);
  assert.deepEqual(
    programs.map((program) => sha256Hex(new TextEncoder().encode(program))),
    [POLICIES.lstm.golden.program, POLICIES.chunk.golden.program],
    "run tests/activities/onnx/make_policies.py again",
  );
});

/** Changes to descriptions that are refused, and what the message says. */
const REFUSED:
  readonly (readonly [Name, title: string, change: object | string, message: RegExp])[] = [
    ["lstm", "no JSON", "{", /Cannot read "mine\.onnx\.json:1:2"/],
    ["lstm", "no object", "[]", /expected an object, found \[\]/],
    [
      "lstm",
      "another version",
      { version: 2 },
      /"mine\.onnx\.json:1:\d+": version: expected 1, found 2/,
    ],
    [
      "lstm",
      "an unknown field",
      { inptus: {} },
      /there is no parameter "inptus": did you mean "inputs"/,
    ],
    [
      "lstm",
      "an unknown field of an input",
      { inputs: { hidden: { state: "next_hidden", inital: 1 } } },
      /inputs\.hidden\.inital: there is no parameter "inital": did you mean "initial"/,
    ],
    [
      "lstm",
      "an input of two kinds",
      { inputs: { hidden: { state: "next_hidden", noise: "normal" } } },
      /inputs\.hidden: expected an object with observation, camera, state, noise or lastAction/,
    ],
    [
      "lstm",
      "an input that the model does not have",
      { inputs: { hiden: { state: "next_hidden" } } },
      /"inputs\.hiden": expected an input of the model, which has float32 observation\[1, 20\] and float32 hidden\[1, 1, 16\].*did you mean "hidden"/,
    ],
    [
      "lstm",
      "an input left out",
      { inputs: { cell: undefined } },
      /expected a description of float32 cell\[1, 1, 16\].*add inputs\.cell/,
    ],
    [
      "lstm",
      "a state that is no output",
      { inputs: { hidden: { state: "hidden" } } },
      /"inputs\.hidden\.state": expected an output of the model, which has float32 action/,
    ],
    [
      "lstm",
      "a state of another shape",
      { inputs: { hidden: { state: "action" } } },
      /expected an output like float32 hidden\[1, 1, 16\], found float32 action\[1, 4\]/,
    ],
    [
      "lstm",
      "an action that is no output",
      { action: { output: "actoin" } },
      /"action\.output": expected an output .*did you mean "action"/,
    ],
    [
      "lstm",
      "an output of another size",
      { action: { output: "next_cell", std: 1 } },
      /expected an action of 4 numbers, found float32 next_cell\[1, 1, 16\]/,
    ],
    [
      "lstm",
      "a column that is not there",
      { inputs: { observation: { observation: ["observation/joints"] } } },
      /expected columns of the observations of "reach", found "observation\/joints"/,
    ],
    [
      "lstm",
      "columns of another width",
      { inputs: { observation: { observation: "all", offsets: [-1, 0] } } },
      /"inputs\.observation": expected an input that takes \[1, 40\] or \[2, 20\], found float32 observation\[1, 20\]/,
    ],
    [
      "lstm",
      "a deviation of zero",
      { action: { output: "action", std: [1, 0, 1, 1] } },
      /action\.std\.1: expected more than 0, found 0/,
    ],
    [
      "lstm",
      "too few means",
      { inputs: { observation: { observation: "all", mean: [1, 2] } } },
      /"inputs\.observation\.mean": expected a number, or 20, found 2/,
    ],
    [
      "chunk",
      "more steps than the horizon",
      { action: { output: "chunk", horizon: 8, first: 5, nActionSteps: 4 } },
      /first \+ nActionSteps of at most horizon \(8\)/,
    ],
    [
      "chunk",
      "another horizon",
      { action: { output: "chunk", horizon: 4 } },
      /expected 4 actions of 2 numbers, found float32 chunk\[1, 8, 2\]/,
    ],
    [
      "chunk",
      "another layout",
      { inputs: { image: { camera: {}, layout: "HWC" } } },
      /expected images of 8 to 2048 pixels, found float32 image\[1, 3, 24, 24\]/,
    ],
    [
      "chunk",
      "another size of images",
      { inputs: { image: { camera: { width: 96, height: 96 } } } },
      /expected an input that takes \[1, 3, 96, 96\].*found float32 image\[1, 3, 24, 24\]/,
    ],
    [
      "chunk",
      "a view that is not there",
      { inputs: { image: { camera: { view: "wrist" } } } },
      /there is no view "wrist"/,
    ],
    [
      "chunk",
      "a step ahead",
      { inputs: { observation: { observation: "all", offsets: [0, 1] } } },
      /inputs\.observation\.offsets\.1: expected at most 0, found 1/,
    ],
  ];

/** A description with some fields replaced, those of inputs one by one. */
function changed(given: PolicyDescription, change: object): string {
  const inputs = "inputs" in change ? { ...given.inputs, ...Object(change.inputs) } : given.inputs;
  return JSON.stringify({ ...given, ...change, inputs });
}

for (const [name, title, change, message] of REFUSED) {
  Deno.test(`openOnnxPolicy() refuses ${title}`, async () => {
    const { bytes, given } = POLICIES[name];
    const description = typeof change === "string" ? change : changed(given, change);
    const opening = openOnnxPolicy({ bytes, description }, ENVIRONMENTS[name], {
      file: "mine.onnx",
    });
    await assert.rejects(opening, { name: "InvalidInputError", message });
  });
}

Deno.test("openOnnxPolicy() refuses several inputs that nobody describes", async () => {
  const { bytes } = POLICIES.lstm;
  await assert.rejects(openOnnxPolicy({ bytes, description: null }, ENVIRONMENTS.lstm), {
    name: "InvalidInputError",
    message: /expected one input and one output, or a description.*float32 hidden\[1, 1, 16\]/,
  });
});

Deno.test("openOnnxPolicy() says once which shape an environment needs", async () => {
  await assert.rejects(openOnnxPolicy(POLICIES.lstm, ENVIRONMENTS.chunk), {
    name: "InvalidInputError",
    message: /expected an input that takes \[1, 5\], found float32 observation\[1, 20\]/,
  });
});
