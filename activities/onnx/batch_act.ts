import { createRandom } from "../../core/random.ts";
import type { OnnxModel, OnnxTensor } from "../../learn/foreign.ts";
import { fillNormal } from "../../learn/mod.ts";
import type { BatchPolicy, BatchRequest } from "../../sim/mod.ts";
import type { BoundPolicy } from "./bound_policy.ts";
import { createNumbers } from "./fill_input.ts";
import { OnnxMemory } from "./onnx_memory.ts";

/** Episodes whose predictions are one run of the model, as of our own networks; further ones run singly. */
export const EPISODES_TOGETHER = 4;

/**
 * Predictions of each episode that are compared before a model is run on several episodes: sums in
 * another order, or by other instructions, differ in some of so many numbers.
 */
const COMPARED = 8;

type Tensors = Readonly<Record<string, OnnxTensor>>;

/**
 * Returns whether a model gives several episodes at once the bits that it gives each of them alone.
 *
 * The first dimension of all inputs and outputs must be open. Whether it is that of independent
 * episodes, and whether the runtime sums in the same order, is tried on random observations: what
 * the runtime computes depends on shapes, not on values. A policy that sees images acts singly,
 * because images are rendered only for the steps at which they are read.
 */
export async function keepsBits(
  model: OnnxModel,
  policy: BoundPolicy,
  wanted: readonly string[],
): Promise<boolean> {
  const outputs = model.outputs.filter(({ name }) => wanted.includes(name));
  const isOpen = [...model.inputs, ...outputs].every(({ shape }) => typeof shape[0] === "string");
  const hasRows = policy.inputs.every(({ shape }) => shape[0] === 1);
  if (!isOpen || !hasRows || policy.inputs.some(({ source }) => source === "camera")) return false;
  const random = createRandom(0, "batch", 0);
  const observation = new Float32Array(policy.observationSize);
  const see = (memory: OnnxMemory) => {
    fillNormal(random, observation);
    return memory.see(observation, noImages);
  };
  const memories = Array.from({ length: EPISODES_TOGETHER }, (_, seed) => {
    const memory = new OnnxMemory(policy);
    memory.begin(seed);
    see(memory);
    return memory;
  });
  for (let prediction = 0; prediction < COMPARED; prediction++) {
    const inputs = memories.map((memory) => memory.inputs()), alone: Tensors[] = [];
    for (const each of inputs) alone.push(await model.run(each, wanted));
    const together = await runTogether(model, inputs, wanted);
    if (together === null || !together.every((found, i) => isSame(found, alone[i]!))) return false;
    for (const [i, memory] of memories.entries()) {
      memory.take(alone[i]!);
      do memory.act(); while (!see(memory));
    }
  }
  return true;
}

/** Makes a policy of a model that {@linkcode keepsBits}, which acts in several episodes at once. */
export function createBatchAct(
  model: OnnxModel,
  policy: BoundPolicy,
  { wanted, worlds }: { readonly wanted: readonly string[]; readonly worlds: number },
): BatchPolicy {
  const memories = new Map<number, OnnxMemory>(), free: OnnxMemory[] = [];
  const memoryOf = ({ episode, seed }: BatchRequest) => {
    let memory = memories.get(episode);
    if (memory === undefined) {
      memory = free.pop() ?? new OnnxMemory(policy);
      memory.begin(seed);
      memories.set(episode, memory);
    }
    return memory;
  };
  return {
    worlds,
    async act(requests) {
      const seen = requests.map((request) => {
        const memory = memoryOf(request);
        return { memory, isDue: memory.see(request.observation, noImages) };
      });
      const due = seen.filter(({ isDue }) => isDue).map(({ memory }) => memory);
      for (let start = 0; start < due.length; start += EPISODES_TOGETHER) {
        await predict(model, due.slice(start, start + EPISODES_TOGETHER), wanted);
      }
      return seen.map(({ memory }) => memory.act());
    },
    end(episode) {
      const memory = memories.get(episode);
      if (memory !== undefined) free.push(memory);
      memories.delete(episode);
    },
  };
}

async function predict(
  model: OnnxModel,
  memories: readonly OnnxMemory[],
  wanted: readonly string[],
): Promise<void> {
  const inputs = memories.map((memory) => memory.inputs());
  // Other sizes than the one that was compared might be summed in another order.
  const together = memories.length === EPISODES_TOGETHER
    ? await runTogether(model, inputs, wanted)
    : null;
  for (const [i, memory] of memories.entries()) {
    memory.take(together?.[i] ?? await model.run(inputs[i]!, wanted));
  }
}

/** Runs a model once on the inputs of several episodes. @returns Null if its outputs are not theirs */
async function runTogether(
  model: OnnxModel,
  inputs: readonly Tensors[],
  wanted: readonly string[],
): Promise<readonly Tensors[] | null> {
  const count = inputs.length;
  const joined = Object.keys(inputs[0]!).map((name) =>
    [name, join(inputs.map((input) => input[name]!))] as const // all have the same names
  );
  const outputs = await model.run(Object.fromEntries(joined), wanted);
  if (Object.values(outputs).some(({ shape }) => shape[0] !== count)) return null;
  return inputs.map((_, row) =>
    Object.fromEntries(
      Object.entries(outputs).map(([name, output]) => [name, rowOf(output, row, count)]),
    )
  );
}

function join(parts: readonly OnnxTensor[]): OnnxTensor {
  const { type, shape, data: { length } } = parts[0]!; // of one episode at least
  const data = createNumbers(type, parts.length * length);
  const joined = bytesOf(data), { byteLength } = parts[0]!.data;
  for (const [row, part] of parts.entries()) joined.set(bytesOf(part.data), row * byteLength);
  return { type, shape: [parts.length, ...shape.slice(1)], data };
}

function rowOf({ type, shape, data }: OnnxTensor, row: number, count: number): OnnxTensor {
  const length = data.length / count;
  return {
    type,
    shape: [1, ...shape.slice(1)],
    data: data.subarray(row * length, (row + 1) * length),
  };
}

function isSame(left: Tensors, right: Tensors): boolean {
  return Object.entries(left).every(([name, { data }]) => {
    const one = bytesOf(data), other = bytesOf(right[name]!.data); // the outputs that both were asked for
    return one.length === other.length && one.every((byte, i) => byte === other[i]);
  });
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function noImages(): never {
  throw new TypeError("Cannot act on several episodes: expected a policy that sees no images");
}
