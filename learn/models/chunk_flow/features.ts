import type { Normalization } from "../../normalization.ts";
import type { GraphBuilder } from "../../onnx/onnx_builder.ts";
import { bodyFeatures } from "./body_features.ts";
import type { ChunkFeatures, ChunkInputs } from "./chunk_features.ts";
import { type ChunkConfig, observationWidth } from "./config.ts";

/** Those of a configuration. @param action Normalisation of actions, for those without a body */
export function featuresOf(config: ChunkConfig, action: Normalization): ChunkFeatures {
  return config.body === null ? plainFeatures(config, action) : bodyFeatures(config, config.body);
}

/** The observation, how it came about, and the last action, as the numbers that they are. */
function plainFeatures(config: ChunkConfig, { mean, scale }: Normalization): ChunkFeatures {
  const { nObsSteps, horizon, action: { width: size } } = config, states = observationWidth(config);
  const width = nObsSteps * states + size;
  return {
    width,
    encodeState({ observation, previous, lastAction }, out) {
      for (let i = 0; i < states; i++) {
        out[i] = observation[i]!;
        // Differences between neighbours, which are small beside what these have in common.
        for (let k = 0, later = out[i]!; k < nObsSteps - 1; k++) {
          const before = previous[k * states + i]!;
          out[(k + 1) * states + i] = later - before;
          later = before;
        }
      }
      for (let i = 0; i < size; i++) out[nObsSteps * states + i] = lastAction[i]!;
    },
    firstAction(_observation, out) {
      out.set(mean);
    },
    encodeActions(_observation, actions, out) {
      for (let i = 0; i < actions.length; i++) {
        out[i] = (actions[i]! - mean[i % size]!) / scale[i % size]!;
      }
    },
    decodeActions(_observation, coded, out) {
      for (let i = 0; i < coded.length; i++) {
        out[i] = coded[i]! * scale[i % size]! + mean[i % size]!;
      }
    },
    encodeNodes: (graph, inputs) => encodePlainNodes(graph, inputs, { nObsSteps, states, size }),
    decodeNodes(graph, _observation, coded) {
      const repeated = (values: Float32Array) =>
        graph.row(Array.from({ length: horizon * size }, (_, i) => values[i % size]!));
      return graph.op("Add", graph.op("Mul", coded, repeated(scale)), repeated(mean));
    },
  };
}

/** Observation, differences and last action in ONNX, `[batch, width]`. */
function encodePlainNodes(
  graph: GraphBuilder,
  { observation, previous, lastAction }: ChunkInputs,
  { nObsSteps, states, size }: {
    readonly nObsSteps: number;
    /** Numbers of an observation, and of an action. */
    readonly states: number;
    readonly size: number;
  },
): string {
  const width = nObsSteps * states + size;
  const range = (count: number) => Array.from({ length: count }, (_, i) => i);
  // Each row of the features is a sum of entries of the inputs.
  const placed = (
    input: string,
    rows: number,
    entries: readonly (readonly [number, number, number])[],
  ) => graph.op("MatMul", input, graph.matrix([rows, width], entries));
  const parts = [
    placed(observation, states, [
      ...range(states).map((i) => [i, i, 1] as const),
      ...(nObsSteps < 2 ? [] : range(states).map((i) => [i, states + i, 1] as const)),
    ]),
    placed(lastAction, size, range(size).map((i) => [i, nObsSteps * states + i, 1] as const)),
  ];
  if (nObsSteps > 1) {
    const count = (nObsSteps - 1) * states;
    parts.push(placed(previous, count, [
      ...range(count).map((i) => [i, states + i, -1] as const),
      ...range(count - states).map((i) => [i, 2 * states + i, 1] as const),
    ]));
  }
  return graph.op("Sum", ...parts);
}
