import type { GraphBuilder } from "../../onnx/onnx_builder.ts";

/** Encoding of states and actions for a network. The caller normalises the features. */
export interface ChunkFeatures {
  /** Numbers that the network sees of a state. */
  readonly width: number;
  encodeState(state: ChunkState, out: Float64Array): void;
  /** Writes the action that counts as the last one at the first step of an episode. */
  firstAction(observation: ArrayLike<number>, out: Float64Array): void;
  /** Actions, `[n · A]`, as a network predicts them at an observation. */
  encodeActions(
    observation: ArrayLike<number>,
    actions: ArrayLike<number>,
    out: Float64Array,
  ): void;
  /** The inverse. */
  decodeActions(observation: ArrayLike<number>, coded: ArrayLike<number>, out: Float64Array): void;
  /** {@linkcode encodeState} in ONNX. @returns `[batch, width]` */
  encodeNodes(graph: GraphBuilder, inputs: ChunkInputs): string;
  /** {@linkcode decodeActions} in ONNX. @returns as wide as `coded` */
  decodeNodes(graph: GraphBuilder, observation: string, coded: string): string;
}

/** State of a policy when it predicts a chunk. */
export interface ChunkState {
  /** `[O]` */
  readonly observation: ArrayLike<number>;
  /** `[(n − 1) · O]` observations before, the latest first; the present one before an episode. */
  readonly previous: ArrayLike<number>;
  /** `[A]` the action before. */
  readonly lastAction: ArrayLike<number>;
}

/** The same as values of an ONNX graph, `[batch, …]`. */
export interface ChunkInputs {
  readonly observation: string;
  readonly previous: string;
  readonly lastAction: string;
}
