import assert from "node:assert/strict";
import type { Arithmetic } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { type KernelPreference, preferKernels } from "../../learn/kernels/choice.ts";
import {
  chooseKernels,
  createPolicy,
  type TrainingResult,
  trainModel,
  type TrainOptions,
} from "../../learn/mod.ts";
import { loadPolicy, savePolicy, StoreWriter } from "../../store/mod.ts";
import { createMemorySource } from "./memory_source.ts";

const source = createMemorySource({ episodes: 30 });

function train(changes: Partial<TrainOptions> = {}): Promise<TrainingResult> {
  return trainModel({
    model: "bc",
    parameters: { steps: 20, batch: 100, lr: 1e-2, hidden: [24, 17] },
    seed: 5,
    stream: "train",
    source,
    checkpointEvery: 1000,
    validateEvery: 8,
    ...changes,
  });
}

/** A state after ten steps, as a store would hand it back. */
async function halfway(arithmetic: Arithmetic) {
  const states: TrainingResult["state"][] = [];
  await train({
    arithmetic,
    checkpointEvery: 10,
    saveCheckpoint: (state) => {
      states.push({ ...state, state: JSON.parse(JSON.stringify(state.state)) });
      return Promise.resolve();
    },
  });
  return states[0]!;
}

Deno.test("trainModel() ends in the same bits on every implementation, resumed on another", async () => {
  const names = new Set<string>();
  const using = async (kernels: KernelPreference, changes: Partial<TrainOptions> = {}) => {
    preferKernels(kernels);
    try {
      names.add(chooseKernels().name);
      return await train(changes);
    } finally {
      preferKernels("auto");
    }
  };
  const whole = await using("auto"), resume = await halfway("fma");
  for (const result of [await using("wasm"), await using("wasm", { resume, threads: 2 })]) {
    assert.deepEqual(result.state, whole.state);
    assert.deepEqual(result.policy, whole.policy);
  }
  assert.ok(names.size > 0);
});

Deno.test("trainModel() goes on in the class of its state, and refuses another with the remedy", async () => {
  for (const [own, other] of [["plain", "fma"], ["fma", "plain"]] as const) {
    const resume = await halfway(own), whole = await train({ arithmetic: own });
    assert.deepEqual((await train({ resume })).state, whole.state);
    await assert.rejects(
      train({ resume, arithmetic: other }),
      (error: Error) =>
        error instanceof InvalidInputError &&
        error.message.startsWith(
          `Cannot resume training at step 10: expected arithmetic of class ${other}, found ${own}: `,
        ) && /go on in its own class, remove the checkpoints/.test(error.message),
    );
  }
});

Deno.test("createPolicy() runs a stored policy in the class that trained it", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const observation = new Float32Array(20).map((_, i) => Math.fround(Math.sin(i)));
    const actions: Record<string, number[]> = {};
    for (const arithmetic of ["plain", "fma"] as const) {
      const { policy } = await train({ arithmetic });
      // The first policies say nothing of a class.
      assert.equal(policy.arithmetic, arithmetic === "plain" ? undefined : "fma");
      const writer = new StoreWriter(`${directory}/${arithmetic}`);
      await savePolicy(writer, policy);
      await writer.commit({ kind: "train" });
      const loaded = await loadPolicy(`${directory}/${arithmetic}`);
      assert.equal(loaded.arithmetic, policy.arithmetic);
      actions[arithmetic] = [...createPolicy(loaded)(observation)];
      assert.deepEqual(actions[arithmetic], [...createPolicy(policy)(observation)]);
      const { arithmetic: _, ...unnamed } = policy;
      actions[`${arithmetic} as plain`] = [...createPolicy(unnamed)(observation)];
    }
    assert.deepEqual(actions["plain"], actions["plain as plain"]);
    assert.notDeepEqual(actions["fma"], actions["fma as plain"]);
    const writer = new StoreWriter(`${directory}/later`);
    const { policy } = await train();
    await savePolicy(writer, { ...policy, arithmetic: "later" as Arithmetic }); // of a later version
    await writer.commit({ kind: "train" });
    await assert.rejects(loadPolicy(`${directory}/later`), {
      name: "InvalidInputError",
      message: /expected arithmetic of class plain or fma, found "later": use the version/,
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
