import assert from "node:assert/strict";
import type { EpisodeSource } from "../../../core/episode.ts";
import { DivergedError, InvalidInputError } from "../../../core/errors.ts";
import {
  createPolicy,
  type TrainingProgress,
  type TrainingState,
  trainModel,
  type TrainOptions,
} from "../../../learn/mod.ts";
import { createMemorySource } from "../memory_source.ts";

const source = createMemorySource({ episodes: 40 });

/** A short training; small widths, so that it takes some milliseconds. */
function options(changes: Partial<TrainOptions> = {}): TrainOptions {
  return {
    model: "bc",
    parameters: { steps: 60, batch: 24, lr: 1e-2, warmup: 5, hidden: [16, 12] },
    seed: 3,
    stream: "train",
    source,
    checkpointEvery: 1000,
    validateEvery: 7,
    ...changes,
  };
}

/** The states that a training saves, as a store would hand them back. */
async function collectStates(changes: Partial<TrainOptions>): Promise<TrainingState[]> {
  const states: TrainingState[] = [];
  await trainModel(options({
    ...changes,
    saveCheckpoint: (state) => {
      states.push({ ...state, state: JSON.parse(JSON.stringify(state.state)) });
      return Promise.resolve();
    },
  }));
  return states;
}

Deno.test("trainModel() ends in the same bits after any stop and resume", async () => {
  const whole = await trainModel(options());
  const states = await collectStates({ checkpointEvery: 13 });
  assert.deepEqual(states.map(({ step }) => step), [13, 26, 39, 52, 60]);
  for (const resume of states) {
    const resumed = await trainModel(options({ resume }));
    assert.equal(resumed.resumedFrom, resume.step);
    assert.deepEqual(resumed.state, whole.state);
    assert.deepEqual(resumed.policy, whole.policy);
    assert.deepEqual(resumed.best, whole.best);
    assert.deepEqual(resumed.metrics, whole.metrics);
  }
});

Deno.test("trainModel() stops on abort, saves, and goes on to the same bits", async () => {
  const whole = await trainModel(options());
  const controller = new AbortController();
  let saved: TrainingState | undefined;
  const stopped = await trainModel(options({
    checkpointEvery: 20,
    signal: controller.signal,
    saveCheckpoint: (state) => {
      saved = state;
      controller.abort();
      return Promise.resolve();
    },
  }));
  assert.equal(stopped.status, "stopped");
  assert.equal(stopped.state.step, 20);
  assert.deepEqual(saved, stopped.state);
  const resumed = await trainModel(options({ resume: stopped.state }));
  assert.equal(resumed.status, "completed");
  assert.deepEqual(resumed.state, whole.state);
});

Deno.test("trainModel() sees a message to stop that comes by the event loop", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 1);
  const { status } = await trainModel(options({
    parameters: { steps: 1_000_000_000, hidden: [8] },
    validateEvery: 1_000_000,
    signal: controller.signal,
  }));
  assert.equal(status, "stopped");
});

Deno.test("trainModel() depends on seed and stream, and on nothing beside its arguments", async () => {
  const first = await trainModel(options());
  assert.deepEqual((await trainModel(options())).state, first.state);
  for (const changes of [{ seed: 4 }, { stream: "other" }]) {
    const other = await trainModel(options(changes));
    assert.notDeepEqual(other.policy.tensors, first.policy.tensors);
  }
});

Deno.test("trainModel() sums the microbatches of a large batch the same way each time", async () => {
  const parameters = { steps: 12, batch: 150, hidden: [16] };
  const whole = await trainModel(options({ parameters }));
  const [half] = await collectStates({ parameters, checkpointEvery: 6 });
  const resumed = await trainModel(options({ parameters, resume: half! }));
  assert.deepEqual(resumed.state, whole.state);
});

Deno.test("trainModel() refuses a state of another configuration", async () => {
  const [resume] = await collectStates({ checkpointEvery: 30 });
  await assert.rejects(
    trainModel(options({ resume: resume!, seed: 9 })),
    (error: Error) =>
      error instanceof InvalidInputError &&
      /Cannot resume training at step 30: expected configuration/.test(error.message),
  );
});

Deno.test("trainModel() measures the validation loss and keeps the best weights", async () => {
  const { metrics, best, policy, state } = await trainModel(options());
  const measured = metrics.filter(({ validationLoss }) => validationLoss !== null);
  assert.deepEqual(measured.map(({ step }) => step), [7, 14, 21, 28, 35, 42, 49, 56, 60]);
  assert.ok(measured.at(-1)!.validationLoss! < 0.9 * measured[0]!.validationLoss!);
  assert.ok(best !== null && state.tensors["best/dense0/weight"] !== undefined);
  const kept = await trainModel(options({
    parameters: { ...options().parameters, keep: "best" },
  }));
  assert.deepEqual(kept.policy, kept.best);
  assert.deepEqual(policy.tensors["dense0/weight"], state.tensors["weights/dense0/weight"]);
});

Deno.test("trainModel() leaves about 500 rows of metrics, means over the steps between them", async () => {
  const parameters = { steps: 1200, batch: 4, hidden: [4] };
  const changes = { parameters, validateEvery: 2000 };
  const whole = await trainModel(options(changes));
  assert.deepEqual(whole.metrics.map(({ step }) => step).slice(0, 3), [3, 6, 9]);
  assert.equal(whole.metrics.length, 400);
  // 500 lies between two rows: the sum under way is part of the state.
  const [resume] = await collectStates({ ...changes, checkpointEvery: 500 });
  const resumed = await trainModel(options({ ...changes, resume: resume! }));
  assert.deepEqual(resumed.metrics, whole.metrics);
});

Deno.test("trainModel() gives the metrics so far whenever it has measured the validation loss", async () => {
  const told: number[][] = [];
  const { metrics } = await trainModel(options({
    saveMetrics: (rows) => Promise.resolve(void told.push(rows.map(({ step }) => step))),
  }));
  const steps = metrics.map(({ step }) => step);
  assert.deepEqual(told.map((rows) => rows.at(-1)), [7, 14, 21, 28, 35, 42, 49, 56, 60]);
  for (const rows of told) assert.deepEqual(rows, steps.slice(0, rows.length));
});

Deno.test("trainModel() measures no validation loss where the split is empty", async () => {
  const few = createMemorySource({ episodes: 5 });
  const { metrics, best } = await trainModel(options({ source: few }));
  assert.ok(metrics.every(({ validationLoss }) => validationLoss === null));
  assert.equal(best, null);
});

Deno.test("trainModel() sees no picture, nor the depth beside it", async () => {
  const { schema } = source;
  const images = [
    { name: "observation/image", dtype: "uint8", shape: [4, 4, 3], description: "Colours" },
    { name: "observation/depth", dtype: "float32", shape: [4, 4], description: "Depth" },
  ] as const;
  const seeing = { ...source, schema: { ...schema, step: [...images, ...schema.step] } };
  const { policy } = await trainModel(options({ source: seeing }));
  assert.deepEqual(policy, (await trainModel(options())).policy);
});

Deno.test("trainModel() ends with DivergedError when the loss is no longer finite", async () => {
  await assert.rejects(
    trainModel(options({ source: withHugeTarget(source) })),
    (error: Error) =>
      error instanceof DivergedError &&
      /expected a finite loss, found .*lower lr/.test(error.message),
  );
});

Deno.test("trainModel() begins from a policy, and names the tensor that does not fit", async () => {
  const { policy } = await trainModel(options());
  const parameters = { ...options().parameters, steps: 1, lr: 1e-9 };
  const tuned = await trainModel(options({ parameters, initFrom: policy }));
  const observation = new Float32Array(20).fill(0.5);
  const before = [...createPolicy(policy)(observation)];
  createPolicy(tuned.policy)(observation).forEach((value, i) => {
    assert.ok(Math.abs(value - before[i]!) < 1e-5);
  });
  await assert.rejects(
    trainModel(options({ parameters: { ...parameters, hidden: [16, 13] }, initFrom: policy })),
    {
      name: "InvalidInputError",
      message: 'Cannot load weights "dense1/weight": expected shape [16, 13], found [16, 12]: ' +
        "use a policy of the same model, hidden widths and fields",
    },
  );
});

Deno.test("trainModel() reports progress up to the last step", async () => {
  const reports: TrainingProgress[] = [];
  await trainModel(options({ onProgress: (progress) => reports.push(progress) }));
  const last = reports.at(-1)!;
  assert.equal(last.step, 60);
  assert.equal(last.steps, 60);
  assert.ok(last.loss > 0 && last.validationLoss! > 0 && last.stepsPerSecond > 0);
});

/** The same dataset with a target that float32 cannot square. */
function withHugeTarget(source: EpisodeSource): EpisodeSource {
  return {
    ...source,
    async readSteps(field, start, end) {
      const column = await source.readSteps(field, start, end);
      if (field === "action") column.data.fill(1e30 as never); // float32, by the schema
      return column;
    },
  };
}
