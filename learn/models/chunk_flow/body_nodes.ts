import type { GraphBuilder } from "../../onnx/onnx_builder.ts";
import {
  FAR,
  GAP_RANGES,
  GOAL,
  GOAL_RANGES,
  NEAR,
  placed,
  STEP,
  TARGET,
  TURN,
  TURN_RANGES,
  WORLD,
} from "./body_scales.ts";
import type { ChunkInputs } from "./chunk_features.ts";
import type { ChunkBody } from "./config.ts";

/** The features of a body in ONNX. */

/** The pose that {@linkcode poseNodes} picks. */
export type PoseNodes = ReturnType<typeof poseNodes>;

/** Parts of an observation in ONNX, `[batch, 1]` each but for two pairs. */
export function poseNodes(
  graph: GraphBuilder,
  observation: string,
  body: ChunkBody,
  states: number,
) {
  const pick = (...columns: readonly number[]) =>
    graph.op(
      "MatMul",
      observation,
      graph.matrix([states, columns.length], columns.map((column, i) => [column, i, 1])),
    );
  const angle = pick(body.angle);
  return {
    angle,
    agent: pick(...body.point),
    origin: pick(...body.position),
    cosine: graph.op("Cos", angle),
    sine: graph.op("Sin", angle),
  };
}

/** Features in the making: values of the graph, each put to columns of its own. */
class FeatureColumns {
  readonly #graph: GraphBuilder;
  readonly #width: number;
  readonly #parts: string[] = [];
  #next = 0;

  constructor(graph: GraphBuilder, width: number) {
    this.#graph = graph;
    this.#width = width;
  }

  /** Puts `scale` times a value, `[batch, columns]`, to the next columns. */
  put(value: string, columns: number, scale = 1): void {
    const entries = Array.from({ length: columns }, (_, i) => [i, this.#next + i, scale] as const);
    const placing = this.#graph.matrix([columns, this.#width], entries);
    this.#parts.push(this.#graph.op("MatMul", value, placing));
    this.#next += columns;
  }

  /** Puts tanh of a value in multiples of a length. */
  putSquashed(value: string, columns: number, range: number): void {
    this.put(this.#graph.op("Tanh", scaled(this.#graph, value, 1 / range)), columns);
  }

  /** @returns `[batch, width]` */
  sum(): string {
    return this.#graph.op("Sum", ...this.#parts);
  }
}

function scaled(graph: GraphBuilder, value: string, factor: number): string {
  return graph.op("Mul", value, graph.row([factor]));
}

/** Makes the function that rotates vectors of the world into the body's frame. */
function frameOf(graph: GraphBuilder, { cosine, sine }: PoseNodes): (vector: string) => string {
  /** Turns (x, y) to (−y, x). */
  const crossed = graph.matrix([2, 2], [[0, 1, 1], [1, 0, -1]]);
  return (vector) =>
    graph.op(
      "Sub",
      graph.op("Mul", vector, cosine),
      graph.op("Mul", graph.op("MatMul", vector, crossed), sine),
    );
}

/** Adds the nodes that encode a state, `[batch, width]`. */
export function encodeNodes(
  graph: GraphBuilder,
  { observation, previous, lastAction }: ChunkInputs,
  { nObsSteps, body, width, states }: {
    readonly nObsSteps: number;
    readonly body: ChunkBody;
    readonly width: number;
    /** Numbers of an observation. */
    readonly states: number;
  },
): string {
  const { size } = body;
  const pose = poseNodes(graph, observation, body, states), { agent, origin } = pose;
  const seen = frameOf(graph, pose), features = new FeatureColumns(graph, width);

  const local = seen(graph.op("Sub", agent, origin)); // from the origin, in the body's frame
  const fromCentre = graph.op("Sub", local, graph.row(body.centre));
  features.put(fromCentre, 2, 1 / (FAR * size));
  features.putSquashed(fromCentre, 2, NEAR * size);
  let later = agent;
  for (let i = 0; i < nObsSteps - 1; i++) {
    const entries = body.point.map((column, j) => [i * states + column, j, 1] as const);
    const picked = graph.matrix([(nObsSteps - 1) * states, 2], entries);
    const before = graph.op("MatMul", previous, picked);
    features.put(seen(graph.op("Sub", later, before)), 2, 1 / (STEP * size));
    later = before;
  }
  features.put(seen(graph.op("Sub", lastAction, agent)), 2, 1 / (TARGET * size));
  putGoal(graph, features, { body, pose, seen });
  const world = graph.row([body.goal[0], body.goal[1]]);
  for (const point of [agent, origin]) {
    features.put(graph.op("Sub", point, world), 2, 1 / (WORLD * size));
  }
  features.put(pose.cosine, 1);
  features.put(pose.sine, 1);
  const gaps = body.boxes.map((box) => gapNodes(graph, local, box, body.radius));
  for (const range of GAP_RANGES) {
    for (const gap of gaps) features.putSquashed(gap, 1, range * size);
  }
  return features.sum();
}

/** The way to the goal and the turn to it. */
function putGoal(
  graph: GraphBuilder,
  features: FeatureColumns,
  { body: { size, centre, goal }, pose: { origin, angle }, seen }: {
    readonly body: ChunkBody;
    readonly pose: PoseNodes;
    readonly seen: (vector: string) => string;
  },
): void {
  const goalCentre = graph.row(placed(goal[0], goal[1], goal[2], centre));
  const toGoal = graph.op(
    "Sub",
    seen(graph.op("Sub", goalCentre, origin)),
    graph.row(centre),
  );
  features.put(toGoal, 2, 1 / (GOAL * size));
  for (const range of GOAL_RANGES) features.putSquashed(toGoal, 2, range * size);
  const difference = graph.op("Sub", graph.row([goal[2]]), angle);
  const turns = graph.op("Round", scaled(graph, difference, 1 / TURN));
  const turn = graph.op("Sub", difference, scaled(graph, turns, TURN));
  features.put(graph.op("Sin", turn), 1);
  features.put(graph.op("Cos", turn), 1);
  for (const range of TURN_RANGES) features.putSquashed(turn, 1, range);
}

/** Points of the world from those that a network gives in the body's frame. */
export function decodeNodes(
  graph: GraphBuilder,
  { cosine, sine, agent }: PoseNodes,
  { coded, horizon, length }: {
    readonly coded: string;
    readonly horizon: number;
    /** Length that corresponds to 1 in `coded`, in the world's units. */
    readonly length: number;
  },
): string {
  const count = 2 * horizon;
  const axis = (column: number) => (i: number) => [2 * i + column, 2 * i + column] as const;
  const turned = (entries: readonly (readonly [number, number, number])[]) =>
    graph.op("MatMul", coded, graph.matrix([count, count], entries));
  const points = Array.from({ length: horizon }, (_, i) => i);
  const straight = turned(
    points.flatMap((i) => [0, 1].map((column) => [...axis(column)(i), length] as const)),
  );
  const crossed = turned(
    points.flatMap((i) => [[2 * i + 1, 2 * i, -length], [2 * i, 2 * i + 1, length]] as const),
  );
  const spread = graph.matrix(
    [2, count],
    points.flatMap((i) => [[0, 2 * i, 1], [1, 2 * i + 1, 1]] as const),
  );
  return graph.op(
    "Sum",
    graph.op("Mul", straight, cosine),
    graph.op("Mul", crossed, sine),
    graph.op("MatMul", agent, spread),
  );
}

/** Adds the nodes for the distance of a disc about a point, `[batch, 2]`, from a box. */
function gapNodes(
  graph: GraphBuilder,
  local: string,
  [left, right, low, high]: ChunkBody["boxes"][number],
  radius: number,
): string {
  const outside = graph.op(
    "Max",
    graph.op("Sub", graph.row([left, low]), local),
    graph.op("Sub", local, graph.row([right, high])),
    graph.row([0, 0]),
  );
  const square = graph.op("Mul", outside, outside);
  const sum = graph.op("MatMul", square, graph.matrix([2, 1], [[0, 0, 1], [1, 0, 1]]));
  return graph.op("Sub", graph.op("Sqrt", sum), graph.row([radius]));
}
