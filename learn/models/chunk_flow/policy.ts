import type { SavedPolicy } from "../../../core/episode.ts";
import { createRandom, type RandomGenerator } from "../../../core/random.ts";
import { createBatchForward, FORWARD_ROWS, runRows } from "../../tape/forward.ts";
import type { BatchPolicyFunction, PolicyFunction } from "../../policy_function.ts";
import { ChunkMemory } from "./chunk_memory.ts";
import { encodeTime, fillNormal } from "./flow_matching.ts";
import { mlpWeights, recordMlp } from "./network.ts";
import { normalizeState, type SavedChunkModel } from "./saved_model.ts";

/**
 * A saved chunk model as a policy. It predicts a chunk, executes the first actions of it and keeps
 * the rest of them, the observations before and its last action from step to step.
 */
export function createChunkPolicy(saved: SavedPolicy, model: SavedChunkModel): PolicyFunction {
  const plan = createPlan(saved, model, 1), memory = new ChunkMemory(model, 0);
  const out = new Float32Array(model.config.action.width);
  const act = (observation: Float32Array): Float32Array => {
    if (memory.see(observation)) plan([{ observation, memory }]);
    memory.act(observation, out);
    return out;
  };
  return Object.assign(act, {
    begin: (random: RandomGenerator) => memory.begin(random.uint32()),
    snapshot: () => memory.snapshot(),
    restore: (state: Float64Array) => memory.restore(state),
  });
}

/** The same in several episodes, each with a memory of its own. */
export function createChunkBatchPolicy(
  saved: SavedPolicy,
  model: SavedChunkModel,
): BatchPolicyFunction {
  const plan = createPlan(saved, model, FORWARD_ROWS);
  const memories = new Map<number, ChunkMemory>();
  return {
    act(observations) {
      const seen = observations.map(({ episode, isFirst, seed, observation }) => {
        if (isFirst) memories.set(episode, new ChunkMemory(model, seed));
        return { observation, memory: memories.get(episode)! }; // it began
      });
      plan(seen.filter(({ observation, memory }) => memory.see(observation)));
      return seen.map(({ observation, memory }) => {
        const out = new Float32Array(model.config.action.width);
        memory.act(observation, out);
        return out;
      });
    },
    end: (episode) => memories.delete(episode),
  };
}

/** An episode that needs a chunk, and what it looks like now. */
interface Seen {
  readonly observation: Float32Array;
  readonly memory: ChunkMemory;
}

/** Makes the function that predicts the next chunks, in the units of their actions. */
function createPlan(
  saved: SavedPolicy,
  model: SavedChunkModel,
  rows: number,
): (episodes: readonly Seen[]) => void {
  const { features, mlp, state: normalization } = model;
  const predict = createPrediction(saved, model, rows);
  const encoded = new Float64Array(features.width);
  return (episodes) => {
    const plans = episodes.map(({ observation, memory }) => {
      const state = new Float32Array(features.width);
      features.encodeState({ observation, ...memory }, encoded);
      normalizeState(normalization, encoded, state);
      const { seed, chunks } = memory.next();
      // Each chunk has numbers of its own, so that how many were drawn is all that must be kept.
      const random = createRandom(seed, "chunk", chunks);
      return { state, random, out: new Float32Array(mlp.outputs) };
    });
    predict(plans);
    for (const [i, { observation, memory }] of episodes.entries()) {
      features.decodeActions(observation, plans[i]!.out, memory.chunk);
    }
  };
}

/** A chunk to predict from a normalised state, as the network codes it. */
interface Prediction {
  readonly state: Float32Array;
  readonly random: RandomGenerator;
  readonly out: Float32Array;
}

function createPrediction(
  saved: SavedPolicy,
  { config, mlp, features }: SavedChunkModel,
  rows: number,
): (predictions: readonly Prediction[]) => void {
  const forward = createBatchForward(mlpWeights(mlp), saved, rows, (tape) => {
    const x = tape.input("x", mlp.inputs);
    return { input: x, output: recordMlp(tape, x, mlp) };
  });
  const { flow } = config, width = features.width;
  return (predictions) => {
    const count = predictions.length;
    if (flow === null) {
      const write = (input: Float32Array, i: number) => input.set(predictions[i]!.state);
      return runRows(forward, count, write, (output, i) => predictions[i]!.out.set(output));
    }
    const { noiseScale, integrationSteps } = flow;
    for (const { random, out } of predictions) {
      fillNormal(random, out);
      for (let i = 0; i < out.length; i++) out[i]! *= noiseScale;
    }
    for (let step = 0; step < integrationSteps; step++) {
      const write = (input: Float32Array, i: number) => {
        const { state, out } = predictions[i]!;
        input.set(state);
        input.set(out, width);
        encodeTime(step / integrationSteps, input, width + out.length);
      };
      runRows(forward, count, write, (output, i) => {
        const { out } = predictions[i]!;
        for (let k = 0; k < out.length; k++) out[k]! += output[k]! / integrationSteps;
      });
    }
  };
}
