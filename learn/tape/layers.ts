import { layerNorm, linear } from "./ops.ts";
import type { WeightSpec } from "./parameters.ts";
import type { Tape, Value } from "./tape.ts";

/** One layer of a feed-forward network. Its weights are called `<name>/weight`, `<name>/bias` ... */
export type Layer =
  | {
    readonly kind: "linear";
    readonly name: string;
    readonly inputs: number;
    readonly outputs: number;
    readonly relu: boolean;
  }
  | { readonly kind: "layer_norm"; readonly name: string; readonly width: number };

/** Dense layers with ReLU between them: widths `[in, hidden ..., out]`. */
export function denseLayers(widths: readonly number[]): readonly Layer[] {
  return widths.slice(1).map((outputs, i) => ({
    kind: "linear",
    name: `dense${i}`,
    inputs: widths[i]!,
    outputs,
    relu: i < widths.length - 2,
  }));
}

/**
 * Returns the weights of layers. Dense ones start as in PyTorch: uniform in ± 1/√in, weight and
 * bias alike (`torch.nn.Linear.reset_parameters`).
 */
export function weightsOf(layers: readonly Layer[]): readonly WeightSpec[] {
  return layers.flatMap((layer): WeightSpec[] => {
    if (layer.kind === "layer_norm") {
      return [
        { name: `${layer.name}/gain`, shape: [layer.width], initial: { constant: 1 } },
        { name: `${layer.name}/shift`, shape: [layer.width], initial: { constant: 0 } },
      ];
    }
    const initial = { uniform: 1 / Math.sqrt(layer.inputs) };
    return [
      { name: `${layer.name}/weight`, shape: [layer.inputs, layer.outputs], initial },
      { name: `${layer.name}/bias`, shape: [layer.outputs], initial },
    ];
  });
}

/** Records layers, each on the output of the one before. */
export function recordLayers(tape: Tape, x: Value, layers: readonly Layer[]): Value {
  return layers.reduce((value, layer) => {
    const { name } = layer;
    return layer.kind === "linear"
      ? linear(tape, value, {
        weight: `${name}/weight`,
        bias: `${name}/bias`,
        relu: layer.relu,
      })
      : layerNorm(tape, value, { gain: `${name}/gain`, shift: `${name}/shift` });
  }, x);
}
