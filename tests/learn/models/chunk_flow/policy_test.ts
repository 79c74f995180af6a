import assert from "node:assert/strict";
import type { SavedPolicy } from "../../../../core/episode.ts";
import { createRandom } from "../../../../core/random.ts";
import { exportOnnx } from "../../../../learn/foreign.ts";
import { createPolicy, type ModelParameters, policySizes } from "../../../../learn/mod.ts";
import { fillNormal } from "../../../../learn/models/chunk_flow/flow_matching.ts";
import { pythonEnvironment, runPython } from "../../../../tools/python_env.ts";
import { openExported } from "../../../activities/onnx/_spaces.ts";
import { BODY, createPushSource } from "./_push_source.ts";
import { trainPolicy } from "./_train_policy.ts";

const source = createPushSource([25, 30, 28, 20]);

function train(model: string, parameters: ModelParameters): Promise<SavedPolicy> {
  return trainPolicy(source, model, { steps: 15, hidden: [24, 24, 16], ...parameters });
}

const POLICIES = {
  "with a body": await train("chunk-flow", { body: BODY, noiseScale: 0.7 }),
  "with a body and longer memory": await train("chunk-flow", { body: BODY, nObsSteps: 4 }),
  "of plain numbers": await train("chunk-flow", { horizon: 5, nActionSteps: 5, nObsSteps: 1 }),
  "of numbers and memory": await train("chunk-flow", { horizon: 3, nActionSteps: 1, nObsSteps: 3 }),
  "by least squares": await train("chunk", { body: BODY }),
};

/** Observations of an episode that has nothing to do with the policy. */
function observations(steps: number): Float32Array[] {
  const random = createRandom(8, "observations", 0);
  const at = Array.from({ length: 4 }, () => random.uniform(100, 400));
  return Array.from({ length: steps }, () => {
    for (let i = 0; i < 4; i++) at[i]! += random.uniform(-9, 9);
    return Float32Array.of(...at, random.uniform(0, 2 * Math.PI));
  });
}

for (const [title, policy] of Object.entries(POLICIES)) {
  Deno.test(`a chunk policy ${title} goes on to the bit from its snapshot`, () => {
    const seen = observations(30), act = createPolicy(policy), other = createPolicy(policy);
    const run = (policy: typeof act, from: number) =>
      seen.slice(from).map((observation) => [...policy(observation)]);
    act.begin!(createRandom(1, "policy", 6));
    const whole = run(act, 0);
    act.begin!(createRandom(1, "policy", 7));
    if (policy.model === "chunk-flow") assert.notDeepEqual(run(act, 0), whole);
    act.begin!(createRandom(1, "policy", 6));
    assert.deepEqual(run(act, 0), whole, "an episode knows nothing of the one before");
    act.begin!(createRandom(1, "policy", 6));
    for (let step = 0; step < 30; step++) {
      const memory = act.snapshot!();
      other.restore!(memory);
      assert.deepEqual(run(other, step), whole.slice(step), `from step ${step}`);
      act(seen[step]!);
    }
  });
}

Deno.test("a chunk policy predicts anew after nActionSteps actions", () => {
  const act = createPolicy(POLICIES["with a body"]);
  act.begin!(createRandom(1, "policy", 0));
  const [first, ...later] = observations(9);
  const before = Array.from({ length: 4 }, () => [...act(first!)]);
  act.begin!(createRandom(1, "policy", 0));
  assert.deepEqual([first!, ...later.slice(0, 3)].map((o) => [...act(o)]), before);
  assert.notDeepEqual([...act(later[3]!)], before[0]);
  assert.throws(() => act(new Float32Array(4)), /expected an observation of 5 numbers, found 4/);
});

for (const [title, policy] of Object.entries(POLICIES)) {
  Deno.test(`a chunk policy ${title} acts alike in ONNX, with the same noise`, async () => {
    const act = createPolicy(policy);
    await using onnx = await openExported(policy);
    for (const episode of [0, 1]) {
      act.begin!(createRandom(1, "policy", episode));
      onnx.act.begin!(createRandom(1, "policy", episode));
      for (const observation of observations(13)) {
        const found = await onnx.act(observation);
        act(observation).forEach((value, i) => {
          assert.ok(Math.abs(value - found[i]!) < 2e-3, `${value} ${found[i]}`); // px
        });
      }
    }
  });
}

/** What a policy's ONNX graph is given at each chunk, and the actions that the policy then took. */
function recordChunks(policy: SavedPolicy) {
  const { nActionSteps, nObsSteps, horizon, flow } = policy.config as {
    readonly nActionSteps: number; // as configurations of chunk models are
    readonly nObsSteps: number;
    readonly horizon: number;
    readonly flow: object | null;
  };
  const random = createRandom(1, "policy", 0), act = createPolicy(policy);
  act.begin!(createRandom(1, "policy", 0));
  const seed = random.uint32(), seen = observations(6 * nActionSteps);
  const isBody = (policy.config as { readonly body: object | null }).body !== null;
  let last = isBody ? [...seen[0]!.subarray(0, 2)] : [...policy.tensors["action/mean"]!.data];
  return Array.from({ length: 6 }, (_, chunk) => {
    const at = chunk * nActionSteps, noise = new Float32Array(2 * horizon);
    fillNormal(createRandom(seed, "chunk", chunk), noise);
    const previous = Array.from(
      { length: nObsSteps - 1 },
      (_, k) => [...seen[Math.max(0, at - k - 1)]!],
    );
    const actions: number[] = [];
    const inputs = {
      observation: [...seen[at]!],
      ...(nObsSteps > 1 ? { previous: previous.flat() } : {}),
      last_action: last,
      ...(flow === null ? {} : { noise: [...noise] }),
    };
    for (let k = 0; k < nActionSteps; k++) {
      last = [...act(seen[at + k]!)];
      actions.push(...last);
    }
    return { inputs, actions };
  });
}

const { python, reason } = await pythonEnvironment("tests");
Deno.test({
  name: `exportOnnx() writes chunk policies that onnxruntime in Python runs alike${
    reason === null ? "" : ` (skipped: ${reason})`
  }`,
  ignore: python === null,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      const cases = await Promise.all(
        Object.entries(POLICIES).map(async ([title, policy], i) => {
          const file = `${directory}/${i}.onnx`;
          await Deno.writeFile(file, exportOnnx(policy));
          assert.deepEqual(policySizes(policy), { observationSize: 5, actionSize: 2 });
          return { title, file, chunks: recordChunks(policy) };
        }),
      );
      const input = `${directory}/cases.json`;
      await Deno.writeTextFile(input, JSON.stringify(cases));
      const output = await runPython(
        python!,
        `
import json, sys, numpy, onnx, onnxruntime
for case in json.load(open(sys.argv[1])):
    onnx.checker.check_model(onnx.load(case["file"]), full_check=True)
    session = onnxruntime.InferenceSession(case["file"])
    protocol = json.loads(session.get_modelmeta().custom_metadata_map["protocol"])
    names = {value.name for value in session.get_inputs()}
    assert names == set(case["chunks"][0]["inputs"]), names
    worst = 0
    for chunk in case["chunks"]:
        feed = {name: numpy.float32([values]) for name, values in chunk["inputs"].items()}
        actions = session.run(["chunk"], feed)[0].reshape(protocol["chunk"])[:protocol["execute"]]
        worst = max(worst, abs(actions.ravel() - numpy.array(chunk["actions"])).max())
    print(case["title"], worst)
`,
        [input],
      );
      for (const line of output.trim().split("\n")) {
        const worst = Number(line.split(" ").at(-1));
        assert.ok(worst < 2e-3, `${line} px`); // of 512, in single precision
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
