import type { InferenceSession } from "onnxruntime-common";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { type FetchOptions, type OnnxRuntime, openOnnxRuntime } from "./onnx_runtime.ts";
import { ModelProto } from "./onnx_schema.ts";
import type { AsyncPolicyFunction } from "../policy_function.ts";

/** An ONNX model that maps observations to actions, ready to run. */
export interface OnnxPolicy {
  /** Scalars of one observation; null if the model leaves it open. */
  readonly observationSize: number | null;
  /** Scalars of one action; null if the model leaves it open. */
  readonly actionSize: number | null;
  /** `metadata_props` of the file. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly act: AsyncPolicyFunction;
  /** Frees the runtime's memory. */
  close(): Promise<void>;
}

/**
 * Opens an ONNX model of one float32 input `[batch, O]` and one float32 output `[batch, A]`.
 *
 * It runs on one thread, so that its sums have one order.
 *
 * @throws {InvalidInputError} If the bytes are no such model; `act` throws it where the model
 *   refuses an observation
 * @throws {MissingToolError} If ONNX Runtime is not there and cannot be fetched
 */
export async function loadOnnxPolicy(
  bytes: Uint8Array,
  { onProgress }: Pick<FetchOptions, "onProgress"> = {},
): Promise<OnnxPolicy> {
  const runtime = await openOnnxRuntime({ onProgress });
  const session = await openSession(runtime, bytes);
  const [input, ...otherInputs] = session.inputMetadata;
  const [output, ...otherOutputs] = session.outputMetadata;
  for (
    const [what, value, others] of [
      ["input", input, otherInputs],
      ["output", output, otherOutputs],
    ] as const
  ) {
    if (value?.isTensor && value.type === "float32" && value.shape.length === 2 && !others.length) {
      continue;
    }
    await session.release();
    throw new InvalidInputError({
      action: "use the ONNX model as a policy",
      expected: `one float32 ${what} of shape [batch, size]`,
      found: describe([...(value ? [value] : []), ...others]),
      remedy: "export it so",
    });
  }
  return {
    observationSize: sizeOf(input!),
    actionSize: sizeOf(output!),
    metadata: readMetadata(bytes),
    act: async (observation) => {
      const feed = new runtime.Tensor("float32", observation, [1, observation.length]);
      const results = await session.run({ [input!.name]: feed }).catch((error) => {
        throw new InvalidInputError({
          action: `run the ONNX model on an observation of shape [1, ${observation.length}]`,
          expected: "an action",
          found: messageOf(error),
          remedy: "use a model of this shape",
        });
      });
      return results[output!.name]!.data as Float32Array; // its type was checked on opening
    },
    close: () => session.release(),
  };
}

/** @throws {InvalidInputError} If the runtime refuses the bytes */
async function openSession(
  { InferenceSession }: OnnxRuntime,
  bytes: Uint8Array,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: ["cpu"],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4, // fatal: what else goes wrong is thrown
    });
  } catch (error) {
    throw new InvalidInputError({
      action: "open the ONNX model",
      expected: "one that ONNX Runtime can load",
      found: messageOf(error),
      remedy: "export it again",
    });
  }
}

/** `float32 input[batch, 20]`, one after the other. */
function describe(values: readonly InferenceSession.ValueMetadata[]): string {
  const texts = values.map((value) =>
    value.isTensor ? `${value.type} ${value.name}[${value.shape.join(", ")}]` : value.name
  );
  return texts.join(" and ") || "none";
}

function sizeOf(value: InferenceSession.ValueMetadata): number | null {
  const size = value.isTensor ? value.shape[1] : undefined;
  return typeof size === "number" ? size : null;
}

function readMetadata(bytes: Uint8Array): Readonly<Record<string, string>> {
  const { metadata_props: pairs }: {
    metadata_props?: readonly { readonly key?: string; readonly value?: string }[]; // by the schema
  } = ModelProto.toObject(ModelProto.decode(bytes), { arrays: true });
  return Object.fromEntries((pairs ?? []).map(({ key = "", value = "" }) => [key, value]));
}
