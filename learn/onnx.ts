import type { SavedPolicy } from "../core/episode.ts";

/**
 * A policy as an ONNX model: input `observation` `[batch, O]`, output `action` `[batch, A]`, both
 * float32 and in their own units (normalisation is part of the graph).
 *
 * @throws {InvalidInputError} If the model is unknown or a tensor is absent or of another shape
 */
export function exportOnnx(_saved: SavedPolicy): Uint8Array {
  throw new Error("Cannot export to ONNX: not there yet");
}
