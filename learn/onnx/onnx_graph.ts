import type { Tensor } from "../../core/episode.ts";
import type { Layer } from "../tape/layers.ts";
import { LAYER_NORM_EPSILON } from "../tape/ops.ts";

/** One operator of ONNX's default set; see https://onnx.ai/onnx/operators for their meaning. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number>>;
}

/** A named input or output, `[batch, width]` float32. */
export interface OnnxValue {
  readonly name: string;
  readonly width: number;
}

/** A forward pass from `observation` `[batch, O]` to `action` `[batch, A]`, float32. */
export interface OnnxGraph {
  readonly observationSize: number;
  readonly actionSize: number;
  /** Inputs that replace a single observation, and outputs that replace an action. */
  readonly inputs?: readonly OnnxValue[];
  readonly output?: OnnxValue;
  /** Further `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: Readonly<Record<string, Tensor>>;
}

/** Layers as nodes from `input` to the returned name. */
export function layerNodes(
  layers: readonly Layer[],
  input: string,
): { readonly nodes: readonly OnnxNode[]; readonly output: string } {
  const nodes: OnnxNode[] = [];
  let value = input;
  for (const layer of layers) {
    const { name } = layer;
    if (layer.kind === "layer_norm") {
      const inputs = [value, `${name}/gain`, `${name}/shift`];
      nodes.push({
        op: "LayerNormalization",
        inputs,
        output: name,
        attributes: { epsilon: LAYER_NORM_EPSILON },
      });
      value = name;
      continue;
    }
    const inputs = [value, `${name}/weight`, `${name}/bias`];
    nodes.push({ op: "Gemm", inputs, output: name });
    value = name;
    if (!layer.relu) continue;
    nodes.push({ op: "Relu", inputs: [value], output: `${name}/relu` });
    value = `${name}/relu`;
  }
  return { nodes, output: value };
}
