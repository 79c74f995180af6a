import type { SavedPolicy } from "../../../core/episode.ts";
import { GraphBuilder } from "../../onnx_builder.ts";
import type { OnnxGraph } from "../../onnx_graph.ts";
import { savedTensor } from "../../parameters.ts";
import { observationWidth } from "./config.ts";
import { encodeTime, TIME_WIDTH } from "./flow_matching.ts";
import { perceptronNodes, perceptronWeights, sliceRows } from "./network.ts";
import { LARGEST_FEATURE, type SavedChunkModel } from "./saved_model.ts";

/**
 * A chunk model as an ONNX graph: from `observation`, `previous`, `last_action` and, of a flow,
 * `noise` to `chunk`, all in their own units. The integration is unrolled.
 */
export function describeChunkOnnx(saved: SavedPolicy, model: SavedChunkModel): OnnxGraph {
  const { config, features, perceptron, state: normalization } = model;
  const { horizon, nActionSteps, nObsSteps, flow, action } = config;
  const states = observationWidth(config), width = perceptron.outputs;
  const graph = new GraphBuilder("chunk");
  const inputs = { observation: "observation", previous: "previous", lastAction: "last_action" };
  const { mean, scale } = normalization;
  const centred = graph.op("Sub", features.encodeNodes(graph, inputs), graph.row(mean));
  const bound = graph.row(new Array<number>(features.width).fill(LARGEST_FEATURE));
  const lower = graph.row(new Array<number>(features.width).fill(-LARGEST_FEATURE));
  const state = graph.op(
    "Max",
    graph.op("Min", graph.op("Div", centred, graph.row(scale)), bound),
    lower,
  );
  const part = (from: number, to: number) => {
    const weight = savedTensor(saved.tensors, "dense0/weight", [
      perceptron.inputs,
      perceptron.hidden[0]!,
    ]);
    const { shape, data } = sliceRows(weight, from, to);
    return graph.tensor(shape, data);
  };
  const first = graph.op(
    "Add",
    graph.op("MatMul", state, part(0, features.width)),
    "dense0/bias",
  );
  let coded: string;
  if (flow === null) coded = perceptronNodes(graph, first, perceptron);
  else {
    const { noiseScale, integrationSteps } = flow, at = features.width;
    const ofChunk = part(at, at + width), ofTime = part(at + width, at + width + TIME_WIDTH);
    const interval = graph.row([1 / integrationSteps]), time = new Float32Array(TIME_WIDTH);
    coded = graph.op("Mul", "noise", graph.row([noiseScale]));
    for (let step = 0; step < integrationSteps; step++) {
      encodeTime(step / integrationSteps, time, 0);
      const hidden = graph.op(
        "Sum",
        first,
        graph.op("MatMul", coded, ofChunk),
        graph.op("MatMul", graph.row(time), ofTime),
      );
      const velocity = perceptronNodes(graph, hidden, perceptron);
      coded = graph.op("Add", coded, graph.op("Mul", velocity, interval));
    }
  }
  let chunk = features.decodeNodes(graph, inputs.observation, coded);
  for (const [op, bounds] of [["Max", action.low], ["Min", action.high]] as const) {
    if (bounds === null) continue;
    const repeated = Array.from({ length: width }, (_, i) => bounds[i % action.width]!);
    chunk = graph.op(op, chunk, graph.row(repeated));
  }
  // The first weight is there in parts, and normalisations are constants of the graph.
  const names = perceptronWeights(perceptron).map(({ name }) => name).slice(1);
  const tensors = Object.fromEntries(names.map((name) => [name, saved.tensors[name]!]));
  return {
    observationSize: states,
    actionSize: action.width,
    inputs: [
      { name: inputs.observation, width: states },
      // A model must use what it reads: with one observation there is nothing before.
      ...(nObsSteps > 1 ? [{ name: inputs.previous, width: (nObsSteps - 1) * states }] : []),
      { name: inputs.lastAction, width: action.width },
      ...(flow === null ? [] : [{ name: "noise", width }]),
    ],
    output: { name: "chunk", width },
    nodes: [...graph.nodes, { op: "Identity", inputs: [chunk], output: "chunk" }],
    initializers: { ...tensors, ...graph.initializers },
    metadata: {
      protocol: JSON.stringify({
        chunk: [horizon, action.width],
        execute: nActionSteps,
        observations: nObsSteps,
        first_action: config.body === null
          ? Array.from(savedTensor(saved.tensors, "action/mean", [action.width]).data)
          : { columns: config.body.point },
        noise: flow === null ? null : "standard normal",
      }),
    },
  };
}
