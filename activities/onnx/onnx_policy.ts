import type { RandomGenerator } from "../../core/random.ts";
import { type OnnxModel, type OpenModelOptions, openOnnxModel } from "../../learn/foreign.ts";
import type { AsyncPolicyFunction, BatchPolicy } from "../../sim/mod.ts";
import { createBatchAct, keepsBits } from "./batch_act.ts";
import { bindPolicy } from "./bind_policy.ts";
import type { BoundPolicy, PolicyEnvironment } from "./bound_policy.ts";
import { checkNames } from "./check_names.ts";
import { parseDescription, type PolicyDescription } from "./description.ts";
import { impliedDescription } from "./implied_description.ts";
import { OnnxMemory } from "./onnx_memory.ts";

/** Bytes of an ONNX file, and the text of the description beside it. */
export interface OnnxFile {
  readonly bytes: Uint8Array;
  /** Null if there is none. */
  readonly description: string | null;
}

/** An ONNX model that acts in an environment. */
export interface OnnxPolicy extends AsyncDisposable {
  readonly act: AsyncPolicyFunction;
  /** Acts in several worlds at once, with the same bits; null if the model or the environment is not made for it. */
  readonly together: BatchPolicy | null;
}

/** A model with its description. */
export interface DescribedModel {
  readonly model: OnnxModel;
  readonly description: PolicyDescription;
}

/**
 * Opens an ONNX file and checks that its description, or what can be said of it without one, is of
 * its inputs and outputs.
 *
 * @throws {InvalidInputError} If one of both is wrong
 * @throws {MissingToolError} If ONNX Runtime is not there and cannot be fetched
 */
export async function openDescribedModel(
  { bytes, description: text }: OnnxFile,
  options: OpenModelOptions = {},
): Promise<DescribedModel> {
  const { file = "policy.onnx" } = options;
  const given = text === null ? null : parseDescription(text, `${file}.json`);
  const model = await openOnnxModel(bytes, options);
  try {
    const description = given ?? impliedDescription(model);
    checkNames(model, description);
    return { model, description };
  } catch (error) {
    await model.close();
    throw error;
  }
}

/**
 * Opens an ONNX file as a policy of an environment, and tries it once: a model that leaves sizes open
 * shows only then whether it fits.
 *
 * @throws {InvalidInputError} If it does not fit
 * @throws {MissingToolError} If ONNX Runtime is not there and cannot be fetched
 */
export async function openOnnxPolicy(
  file: OnnxFile,
  environment: PolicyEnvironment,
  options: OpenModelOptions = {},
): Promise<OnnxPolicy> {
  const { model, description } = await openDescribedModel(file, options);
  try {
    const policy = bindPolicy(model, description, environment), wanted = wantedOf(policy);
    await createAct(model, policy)(
      new Float32Array(policy.observationSize),
      ({ width, height }) => new Uint8Array(width * height * 3),
    );
    const { worldsTogether: worlds = 1 } = environment;
    const together = worlds > 1 && await keepsBits(model, policy, wanted)
      ? createBatchAct(model, policy, { wanted, worlds })
      : null;
    return { act: createAct(model, policy), together, [Symbol.asyncDispose]: () => model.close() };
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** Names of the outputs that are read: actions, and the next states. */
function wantedOf({ inputs, action }: BoundPolicy): readonly string[] {
  const states = inputs.flatMap((input) => input.source === "state" ? [input.output] : []);
  return [...new Set([action.output, ...states])];
}

function noImages(): never {
  throw new TypeError("Cannot act: expected images of the world, found none");
}

/** Makes a policy of a model, whose memory is that of one episode at a time. */
function createAct(model: OnnxModel, policy: BoundPolicy): AsyncPolicyFunction {
  const memory = new OnnxMemory(policy), wanted = wantedOf(policy);
  const act: AsyncPolicyFunction = async (observation, readImage = noImages) => {
    if (memory.see(observation, readImage)) memory.take(await model.run(memory.inputs(), wanted));
    return memory.act();
  };
  return Object.assign(act, {
    begin: (random: RandomGenerator) => memory.begin(random.uint32()),
    snapshot: () => memory.snapshot(),
    restore: (state: Float64Array) => memory.restore(state),
  });
}
