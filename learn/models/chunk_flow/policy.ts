import type { SavedPolicy } from "../../../core/episode.ts";
import { createRandom, type RandomGenerator } from "../../../core/random.ts";
import { createForward } from "../../tape/forward.ts";
import type { PolicyFunction } from "../../policy_function.ts";
import type { ChunkState } from "./chunk_features.ts";
import { type ChunkConfig, observationWidth } from "./config.ts";
import { encodeTime, fillNormal } from "./flow_matching.ts";
import { mlpWeights, recordMlp } from "./network.ts";
import { normalizeState, type SavedChunkModel } from "./saved_model.ts";

/**
 * A saved chunk model as a policy. It predicts a chunk, executes the first actions of it and keeps
 * the rest of them, the observations before and its last action from step to step.
 */
export function createChunkPolicy(saved: SavedPolicy, model: SavedChunkModel): PolicyFunction {
  const { config, features } = model;
  const { horizon, nActionSteps, nObsSteps, action: { width: size } } = config;
  const states = observationWidth(config);
  const plan = createPlan(saved, model);
  const previous = new Float64Array((nObsSteps - 1) * states);
  const lastAction = new Float64Array(size);
  const chunk = new Float64Array(horizon * size), out = new Float32Array(size);
  let seed = 0, chunks = 0, executed = nActionSteps, steps = 0;

  const act = (observation: Float32Array): Float32Array => {
    requireWidth(observation, states);
    if (steps === 0) {
      for (let k = 0; k < nObsSteps - 1; k++) previous.set(observation, k * states);
      features.firstAction(observation, lastAction);
    }
    if (executed === nActionSteps) {
      // Each chunk has numbers of its own, so that how many were drawn is all that must be kept.
      const random = createRandom(seed, "chunk", chunks++);
      plan({ observation, previous, lastAction }, random, chunk);
      executed = 0;
    }
    clampInto(out, chunk.subarray(executed * size), config.action);
    executed++;
    steps++;
    previous.copyWithin(states, 0, (nObsSteps - 2) * states);
    if (nObsSteps > 1) previous.set(observation);
    lastAction.set(out);
    return out;
  };

  return Object.assign(act, {
    begin(random: RandomGenerator) {
      seed = random.uint32();
      chunks = steps = 0;
      executed = nActionSteps;
    },
    snapshot: () =>
      Float64Array.of(seed, chunks, executed, steps, ...previous, ...lastAction, ...chunk),
    restore(memory: Float64Array) {
      [seed = 0, chunks = 0, executed = 0, steps = 0] = memory;
      let at = 4;
      for (const part of [previous, lastAction, chunk]) {
        part.set(memory.subarray(at, at + part.length));
        at += part.length;
      }
    },
  });
}

function requireWidth({ length }: Float32Array, width: number): void {
  if (length === width) return;
  throw new RangeError(
    `Cannot run policy: expected an observation of ${width} numbers, found ${length}`,
  );
}

/** An action within the bounds of its space. */
function clampInto(
  out: Float32Array,
  action: Float64Array,
  { low, high }: ChunkConfig["action"],
): void {
  for (let i = 0; i < out.length; i++) {
    out[i] = Math.min(high?.[i] ?? Infinity, Math.max(low?.[i] ?? -Infinity, action[i]!));
  }
}

/** Makes the function from what a policy knows to a chunk in the units of its actions. */
function createPlan(
  saved: SavedPolicy,
  model: SavedChunkModel,
): (known: ChunkState, random: RandomGenerator, chunk: Float64Array) => void {
  const { features, mlp, state: normalization } = model;
  const predict = createPrediction(saved, model);
  const encoded = new Float64Array(features.width), state = new Float32Array(features.width);
  const coded = new Float32Array(mlp.outputs);
  return (known, random, chunk) => {
    features.encodeState(known, encoded);
    normalizeState(normalization, encoded, state);
    predict(state, random, coded);
    features.decodeActions(known.observation, coded, chunk);
  };
}

/** Makes the function from a normalised state to a chunk as the network codes it. */
function createPrediction(
  saved: SavedPolicy,
  { config, mlp, features }: SavedChunkModel,
): (state: Float32Array, random: RandomGenerator, out: Float32Array) => void {
  const { input, output, run } = createForward(mlpWeights(mlp), saved, (tape) => {
    const x = tape.input("x", mlp.inputs);
    return { input: x, output: recordMlp(tape, x, mlp) };
  });
  const { flow } = config, width = features.width;
  return (state, random, out) => {
    input.set(state);
    if (flow === null) {
      run();
      out.set(output);
      return;
    }
    const { noiseScale, integrationSteps } = flow;
    fillNormal(random, out);
    for (let i = 0; i < out.length; i++) out[i]! *= noiseScale;
    for (let step = 0; step < integrationSteps; step++) {
      input.set(out, width);
      encodeTime(step / integrationSteps, input, width + out.length);
      run();
      for (let i = 0; i < out.length; i++) out[i]! += output[i]! / integrationSteps;
    }
  };
}
