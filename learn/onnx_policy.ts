import type { AsyncPolicyFunction } from "./policy.ts";

/** An ONNX model that maps observations to actions, ready to run. */
export interface OnnxPolicy {
  /** Scalars of one observation; null where the model leaves it open. */
  readonly observationSize: number | null;
  /** Scalars of one action; null where the model leaves it open. */
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
 * @throws {InvalidInputError} If the bytes are no such model
 */
export function loadOnnxPolicy(_bytes: Uint8Array): Promise<OnnxPolicy> {
  throw new Error("Cannot open an ONNX model: not there yet");
}
