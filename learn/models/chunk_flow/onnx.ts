import type { SavedPolicy } from "../../../core/episode.ts";
import { GraphBuilder } from "../../onnx/onnx_builder.ts";
import type { OnnxGraph } from "../../onnx/onnx_graph.ts";
import { savedTensor } from "../../tape/parameters.ts";
import { type ChunkConfig, observationWidth } from "./config.ts";
import { encodeTime, TIME_WIDTH } from "./flow_matching.ts";
import { mlpNodes, mlpWeights, sliceRows } from "./network.ts";
import { LARGEST_FEATURE, type SavedChunkModel } from "./saved_model.ts";

/** Names of what the graph reads. */
const INPUTS = { observation: "observation", previous: "previous", lastAction: "last_action" };

/**
 * A chunk model as an ONNX graph: from `observation`, `previous`, `last_action` and, of a flow,
 * `noise` to `chunk`, all in their own units. The integration is unrolled.
 */
export function describeChunkOnnx(saved: SavedPolicy, model: SavedChunkModel): OnnxGraph {
  const { config, features, mlp } = model;
  const { nObsSteps, flow, action } = config;
  const states = observationWidth(config), width = mlp.outputs;
  const graph = new GraphBuilder("chunk");
  const coded = codedNodes(graph, normalizedNodes(graph, model), saved, model);
  const decoded = features.decodeNodes(graph, INPUTS.observation, coded);
  const chunk = clampNodes(graph, decoded, { action, width });
  // The first weight is there in parts, and normalisations are constants of the graph.
  const names = mlpWeights(mlp).map(({ name }) => name).slice(1);
  const tensors = Object.fromEntries(names.map((name) => [name, saved.tensors[name]!]));
  return {
    observationSize: states,
    actionSize: action.width,
    inputs: [
      { name: INPUTS.observation, width: states },
      // A model must use what it reads: with one observation there is nothing before.
      ...(nObsSteps > 1 ? [{ name: INPUTS.previous, width: (nObsSteps - 1) * states }] : []),
      { name: INPUTS.lastAction, width: action.width },
      ...(flow === null ? [] : [{ name: "noise", width }]),
    ],
    output: { name: "chunk", width },
    nodes: [...graph.nodes, { op: "Identity", inputs: [chunk], output: "chunk" }],
    initializers: { ...tensors, ...graph.initializers },
    metadata: { protocol: JSON.stringify(protocolOf(saved, config)) },
  };
}

/** Features as the network takes them, as {@linkcode normalizeState} gives them. */
function normalizedNodes(
  graph: GraphBuilder,
  { features, state: { mean, scale } }: SavedChunkModel,
): string {
  const centred = graph.op("Sub", features.encodeNodes(graph, INPUTS), graph.row(mean));
  const bound = graph.row(new Array<number>(features.width).fill(LARGEST_FEATURE));
  const lower = graph.row(new Array<number>(features.width).fill(-LARGEST_FEATURE));
  const divided = graph.op("Div", centred, graph.row(scale));
  return graph.op("Max", graph.op("Min", divided, bound), lower);
}

/** The chunk as the network codes it, `[batch, width]`: in one go, or integrated from noise. */
function codedNodes(
  graph: GraphBuilder,
  state: string,
  saved: SavedPolicy,
  { config: { flow }, features, mlp }: SavedChunkModel,
): string {
  const shape = [mlp.inputs, mlp.hidden[0]!];
  const part = (from: number, to: number) => {
    const weight = savedTensor(saved.tensors, "dense0/weight", shape);
    const rows = sliceRows(weight, from, to);
    return graph.tensor(rows.shape, rows.data);
  };
  const ofState = graph.op("MatMul", state, part(0, features.width));
  const first = graph.op("Add", ofState, "dense0/bias");
  if (flow === null) return mlpNodes(graph, first, mlp);
  const { noiseScale, integrationSteps } = flow;
  const at = features.width, width = mlp.outputs;
  const ofChunk = part(at, at + width), ofTime = part(at + width, at + width + TIME_WIDTH);
  const interval = graph.row([1 / integrationSteps]), time = new Float32Array(TIME_WIDTH);
  let coded = graph.op("Mul", "noise", graph.row([noiseScale]));
  for (let step = 0; step < integrationSteps; step++) {
    encodeTime(step / integrationSteps, time, 0);
    const hidden = graph.op(
      "Sum",
      first,
      graph.op("MatMul", coded, ofChunk),
      graph.op("MatMul", graph.row(time), ofTime),
    );
    const velocity = mlpNodes(graph, hidden, mlp);
    coded = graph.op("Add", coded, graph.op("Mul", velocity, interval));
  }
  return coded;
}

/** Actions within the bounds of their space, where it has some. */
function clampNodes(
  graph: GraphBuilder,
  decoded: string,
  { action, width }: { readonly action: ChunkConfig["action"]; readonly width: number },
): string {
  let chunk = decoded;
  for (const [op, bounds] of [["Max", action.low], ["Min", action.high]] as const) {
    if (bounds === null) continue;
    const repeated = Array.from({ length: width }, (_, i) => bounds[i % action.width]!);
    chunk = graph.op(op, chunk, graph.row(repeated));
  }
  return chunk;
}

/** Describes what a program must know to act by the graph. */
function protocolOf(saved: SavedPolicy, config: ChunkConfig) {
  const { horizon, nActionSteps, nObsSteps, flow, action, body } = config;
  return {
    chunk: [horizon, action.width],
    execute: nActionSteps,
    observations: nObsSteps,
    first_action: body === null
      ? Array.from(savedTensor(saved.tensors, "action/mean", [action.width]).data)
      : { columns: body.point },
    noise: flow === null ? null : "standard normal",
  };
}
