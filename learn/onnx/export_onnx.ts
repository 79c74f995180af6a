import { canonicalJson } from "../../core/canonical.ts";
import { rowSize, type SavedPolicy, type Tensor } from "../../core/episode.ts";
import { getPolicyModel } from "../model.ts";
import type { OnnxNode, OnnxValue } from "./onnx_graph.ts";
import { ModelProto } from "./onnx_schema.ts";

/** `TensorProto.DataType.FLOAT` and `AttributeProto.AttributeType.FLOAT` are both 1. */
const FLOAT = 1;
const IR_VERSION = 8;
/** The first operator set with `LayerNormalization`; goes with IR version 8. */
const OPSET = 17;

/**
 * A policy as an ONNX model: input `observation` `[batch, O]`, output `action` `[batch, A]`, both
 * float32 and in their own units (normalisation is part of the graph), or those that the model
 * names. `metadata_props` holds `model` and `config` of the policy, and what the model adds.
 *
 * @throws {InvalidInputError} If the model is unknown or a tensor is absent or of another shape
 */
export function exportOnnx(saved: SavedPolicy): Uint8Array {
  const graph = getPolicyModel(saved.model).describeOnnx(saved);
  const {
    inputs = [{ name: "observation", width: graph.observationSize }],
    output = { name: "action", width: graph.actionSize },
    metadata = {},
  } = graph;
  return ModelProto.encode({
    ir_version: IR_VERSION,
    producer_name: "sluice",
    opset_import: [{ domain: "", version: OPSET }],
    graph: {
      name: saved.model,
      node: graph.nodes.map(encodeNode),
      initializer: Object.entries(graph.initializers).map(encodeTensor),
      input: inputs.map(encodeValue),
      output: [encodeValue(output)],
    },
    metadata_props: [
      { key: "model", value: saved.model },
      { key: "config", value: canonicalJson(saved.config) },
      ...Object.entries(metadata).map(([key, value]) => ({ key, value })),
    ],
  }).finish();
}

function encodeNode({ op, inputs, output, attributes = {} }: OnnxNode) {
  return {
    input: inputs,
    output: [output],
    name: output,
    op_type: op,
    attribute: Object.entries(attributes).map(([name, f]) => ({ name, f, type: FLOAT })),
  };
}

function encodeTensor([name, { shape, data }]: [string, Tensor]) {
  const raw = new Uint8Array(rowSize(shape) * 4);
  const view = new DataView(raw.buffer);
  data.forEach((value, i) => view.setFloat32(i * 4, value, true)); // raw_data is little-endian
  return { dims: shape, data_type: FLOAT, name, raw_data: raw };
}

function encodeValue({ name, width }: OnnxValue) {
  const shape = { dim: [{ dim_param: "batch" }, { dim_value: width }] };
  return { name, type: { tensor_type: { elem_type: FLOAT, shape } } };
}
