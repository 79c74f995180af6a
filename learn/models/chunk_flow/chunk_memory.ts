import { type ChunkConfig, observationWidth } from "./config.ts";
import type { SavedChunkModel } from "./saved_model.ts";

/** What a chunk policy keeps in an episode from step to step. */
export class ChunkMemory {
  /** `[(n − 1) · O]` observations before, the latest first. */
  readonly previous: Float64Array;
  /** `[A]` the action before. */
  readonly lastAction: Float64Array;
  /** `[horizon · A]` the chunk under way. */
  readonly chunk: Float64Array;
  readonly #model: SavedChunkModel;
  readonly #states: number;
  #seed = 0;
  #chunks = 0;
  #executed = 0;
  #steps = 0;

  constructor(model: SavedChunkModel, seed: number) {
    const { horizon, nObsSteps, action: { width } } = model.config;
    this.#model = model;
    this.#states = observationWidth(model.config);
    this.previous = new Float64Array((nObsSteps - 1) * this.#states);
    this.lastAction = new Float64Array(width);
    this.chunk = new Float64Array(horizon * width);
    this.begin(seed);
  }

  /** Begins an episode. */
  begin(seed: number): void {
    this.#seed = seed;
    this.#chunks = this.#steps = 0;
    this.#executed = this.#model.config.nActionSteps;
  }

  /** Takes in an observation. @returns Whether another chunk is due */
  see(observation: Float32Array): boolean {
    const states = this.#states, { previous, lastAction } = this;
    requireWidth(observation, states);
    if (this.#steps === 0) {
      for (let at = 0; at < previous.length; at += states) previous.set(observation, at);
      this.#model.features.firstAction(observation, lastAction);
    }
    return this.#executed === this.#model.config.nActionSteps;
  }

  /** Begins the next chunk. @returns What names its random numbers */
  next(): { readonly seed: number; readonly chunks: number } {
    this.#executed = 0;
    return { seed: this.#seed, chunks: this.#chunks++ };
  }

  /** Writes the next action of the chunk. */
  act(observation: Float32Array, out: Float32Array): void {
    const { action, nObsSteps } = this.#model.config, states = this.#states;
    clampInto(out, this.chunk.subarray(this.#executed * out.length), action);
    this.#executed++;
    this.#steps++;
    this.previous.copyWithin(states, 0, (nObsSteps - 2) * states);
    if (nObsSteps > 1) this.previous.set(observation);
    this.lastAction.set(out);
  }

  /** Returns all of it as a new array. */
  snapshot(): Float64Array {
    const { previous, lastAction, chunk } = this;
    return Float64Array.of(
      this.#seed,
      this.#chunks,
      this.#executed,
      this.#steps,
      ...previous,
      ...lastAction,
      ...chunk,
    );
  }

  /** Returns to what {@linkcode snapshot} held. */
  restore(memory: Float64Array): void {
    [this.#seed = 0, this.#chunks = 0, this.#executed = 0, this.#steps = 0] = memory;
    let at = 4;
    for (const part of [this.previous, this.lastAction, this.chunk]) {
      part.set(memory.subarray(at, at + part.length));
      at += part.length;
    }
  }
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
