import type { PolicyEnvironment } from "../../../activities/onnx/bound_policy.ts";
import { type OnnxPolicy, openOnnxPolicy } from "../../../activities/onnx/onnx_policy.ts";
import { exportOnnx } from "../../../learn/foreign.ts";
import { policySizes } from "../../../learn/mod.ts";
import type { SavedPolicy } from "../../../core/episode.ts";

/** Spaces of some numbers without bounds. */
export function spacesOf(observation: number, action: number): PolicyEnvironment {
  const field = (name: string, size: number) =>
    ({ name, dtype: "float32", shape: [size], description: "Numbers" }) as const;
  return {
    name: "numbers",
    observation: [field("numbers", observation)],
    action: field("action", action),
  };
}

/** A trained policy as the ONNX file that is exported of it. */
export function openExported(saved: SavedPolicy): Promise<OnnxPolicy> {
  const { observationSize, actionSize } = policySizes(saved);
  const file = { bytes: exportOnnx(saved), description: null };
  return openOnnxPolicy(file, spacesOf(observationSize, actionSize));
}
