import { rowSize } from "../../core/episode.ts";
import { createRandom } from "../../core/random.ts";
import type { OnnxTensor } from "../../learn/foreign.ts";
import type { ReadImage } from "../../sim/mod.ts";
import type { BoundInput, BoundPolicy, StateSource } from "./bound_policy.ts";
import { decodeActions } from "./decode_actions.ts";
import { createNumbers, fillInput, type InputValues } from "./fill_input.ts";
import { refuse } from "./refuse.ts";

type CameraInput = Extract<BoundInput, { readonly source: "camera" }>;

/** What an ONNX policy keeps in an episode from step to step. */
export class OnnxMemory implements InputValues {
  /** `[k][n]` observations, the current one first. */
  readonly observations: readonly Float32Array[];
  /** `[k]` images of each input of images, the current one first. */
  readonly images = new Map<string, Uint8Array[]>();
  /** Recurrent states, by the input that reads them. */
  readonly states = new Map<string, Float64Array>();
  /** `[m]` */
  readonly lastAction: Float64Array;
  readonly #policy: BoundPolicy;
  readonly #cameras: readonly CameraInput[];
  /** `[nActionSteps · m]` the actions of the last prediction that are executed. */
  readonly #actions: Float32Array;
  #seed = 0;
  #predictions = 0;
  #executed = 0;
  #steps = 0;

  constructor(policy: BoundPolicy) {
    const { inputs, observationSize, actionSize, action } = policy;
    this.#policy = policy;
    const depth = Math.max(
      1,
      ...inputs.map((input) => input.source === "observation" ? depthOf(input) : 1),
    );
    this.observations = Array.from({ length: depth }, () => new Float32Array(observationSize));
    this.#cameras = inputs.filter((input) => input.source === "camera");
    for (const input of this.#cameras) {
      const { width, height } = input.camera;
      this.images.set(
        input.name,
        Array.from({ length: depthOf(input) }, () => new Uint8Array(width * height * 3)),
      );
    }
    for (const input of inputs) {
      if (input.source === "state") {
        this.states.set(input.name, new Float64Array(rowSize(input.shape)));
      }
    }
    this.lastAction = new Float64Array(actionSize);
    this.#actions = new Float32Array(action.nActionSteps * actionSize);
    this.begin(0);
  }

  /** Begins an episode. */
  begin(seed: number): void {
    this.#seed = seed;
    this.#predictions = this.#steps = 0;
    this.#executed = this.#policy.action.nActionSteps;
    for (const input of this.#policy.inputs) {
      if (input.source === "state") this.states.get(input.name)!.fill(input.initial);
    }
  }

  /** Takes in what is seen at a step. @returns Whether a prediction is due */
  see(observation: Float32Array, readImage: ReadImage): boolean {
    const isFirst = this.#steps === 0;
    const isDue = this.#executed === this.#policy.action.nActionSteps;
    push(this.observations, observation, isFirst);
    for (const { name, camera } of this.#cameras) {
      const images = this.images.get(name)!; // of each
      // An image takes longer than a step: only those that a prediction reads are rendered.
      if (isDue || images.length > 1) push(images, readImage(camera), isFirst);
    }
    if (isFirst) {
      for (const input of this.#policy.inputs) {
        if (input.source !== "lastAction") continue;
        const { initial } = input;
        this.lastAction.set(
          "columns" in initial ? initial.columns.map((column) => observation[column]!) : initial,
        );
      }
    }
    return isDue;
  }

  /** Makes the inputs of the next prediction. */
  inputs(): Readonly<Record<string, OnnxTensor>> {
    // Each prediction has numbers of its own, so that how many were made is all that must be kept.
    const random = createRandom(this.#seed, "chunk", this.#predictions);
    return Object.fromEntries(this.#policy.inputs.map((input) => {
      const { name, type, shape } = input, data = createNumbers(type, rowSize(shape));
      fillInput(data, input, this, random);
      return [name, { type, shape, data }];
    }));
  }

  /** Takes in the outputs of a prediction. @throws {InvalidInputError} If they do not fit */
  take(outputs: Readonly<Record<string, OnnxTensor>>): void {
    const { inputs, action } = this.#policy;
    for (const input of inputs) {
      if (input.source !== "state") continue;
      copyState(input, outputs[input.output]!, this.states.get(input.name)!); // it was asked for
    }
    decodeActions(outputs[action.output]!, this.#policy, this.#actions);
    this.#predictions++;
    this.#executed = 0;
  }

  /** The next action, a new array. */
  act(): Float32Array {
    const { actionSize } = this.#policy, at = this.#executed * actionSize;
    const action = this.#actions.slice(at, at + actionSize);
    this.#executed++;
    this.#steps++;
    this.lastAction.set(action);
    return action;
  }

  /** Returns all of it as a new array. */
  snapshot(): Float64Array {
    const { parts } = this;
    const memory = new Float64Array(4 + parts.reduce((sum, { length }) => sum + length, 0));
    memory.set([this.#seed, this.#predictions, this.#executed, this.#steps]);
    let at = 4;
    for (const part of parts) {
      memory.set(part, at);
      at += part.length;
    }
    return memory;
  }

  /** Returns to what {@linkcode snapshot} held. */
  restore(memory: Float64Array): void {
    [this.#seed = 0, this.#predictions = 0, this.#executed = 0, this.#steps = 0] = memory;
    let at = 4;
    for (const part of this.parts) {
      part.set(memory.subarray(at, at + part.length));
      at += part.length;
    }
  }

  /** Arrays that the next steps depend on. An image that is always seen anew is not among them. */
  private get parts(): readonly (Float32Array | Float64Array | Uint8Array)[] {
    const kept = [...this.images.values()].filter(({ length }) => length > 1).flat();
    return [...this.observations, ...kept, ...this.states.values(), this.lastAction, this.#actions];
  }
}

/** Steps that an input looks back at most, and the current one. */
function depthOf({ offsets }: { readonly offsets: readonly number[] }): number {
  return 1 - Math.min(...offsets);
}

/** Puts a value before the earlier ones; the first of an episode stands for those before it. */
function push<Values extends Float32Array | Uint8Array>(
  earlier: readonly Values[],
  value: Values,
  isFirst: boolean,
): void {
  for (let i = earlier.length - 1; i > 0; i--) earlier[i]!.set(isFirst ? value : earlier[i - 1]!);
  earlier[0]!.set(value);
}

/** @throws {InvalidInputError} If an output has not the size of the input that it becomes */
function copyState(
  { name, shape, output }: BoundInput & StateSource,
  found: OnnxTensor,
  state: Float64Array,
): void {
  if (found.data.length !== state.length) {
    throw refuse(`inputs.${name}.state`, {
      expected: `an output of shape [${shape.join(", ")}]`,
      found: `${found.type} ${output}[${found.shape.join(", ")}]`,
      remedy: `add inputs.${name}.shape, or name the output that has the next state`,
    });
  }
  for (let i = 0; i < state.length; i++) state[i] = Number(found.data[i]);
}
