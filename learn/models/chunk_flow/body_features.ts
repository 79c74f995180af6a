import type { GraphBuilder } from "../../onnx_builder.ts";
import { type ChunkBody, type ChunkConfig, observationWidth } from "./config.ts";
import type { ChunkFeatures } from "./chunk_features.ts";

/**
 * What a network sees of a point that pushes a rigid body to a goal: everything in the body's frame,
 * at several scales, and how far the point is from touching. Actions are points to which the point
 * is driven; the network gives them from where the point is, in the body's frame too.
 *
 * Lengths are in multiples of `body.size`.
 */

/** Lengths that count as 1: of positions, of what is seen through tanh, of a step, of a target. */
const FAR = 1, NEAR = 0.4, STEP = 0.15, TARGET = 0.4;
/** Of the way to the goal, plain and through tanh; and of positions in the world. */
const GOAL = 1.5, GOAL_RANGES = [0.3, 0.06] as const, WORLD = 2;
/** Rad of the turn to the goal, through tanh. */
const TURN_RANGES = [0.3, 0.06] as const;
/** Of gaps, through tanh: about a contact, and well before it. */
const GAP_RANGES = [0.05, 0.3] as const;

const TURN = 2 * Math.PI;

export function bodyFeatures(config: ChunkConfig, body: ChunkBody): ChunkFeatures {
  const { nObsSteps } = config, states = observationWidth(config);
  const { boxes, size } = body;
  const width = 20 + 2 * nObsSteps + 2 * boxes.length;
  return {
    width,
    encodeState(state, out) {
      const { observation, previous, lastAction } = state;
      const [pointX, pointY] = body.point, pose = poseOf(body, observation);
      const { cosine, sine, x, y, centreX, centreY } = pose;
      const agentX = observation[pointX]!, agentY = observation[pointY]!;
      let at = 0;
      const put = (...values: readonly number[]) => {
        for (const value of values) out[at++] = value;
      };
      const seen = (dx: number, dy: number) =>
        [cosine * dx + sine * dy, cosine * dy - sine * dx] as const;
      const [along, across] = seen(agentX - centreX, agentY - centreY);
      put(along / (FAR * size), across / (FAR * size));
      put(Math.tanh(along / (NEAR * size)), Math.tanh(across / (NEAR * size)));
      let laterX = agentX, laterY = agentY;
      for (let i = 0; i < nObsSteps - 1; i++) {
        const beforeX = previous[i * states + pointX]!, beforeY = previous[i * states + pointY]!;
        const [stepX, stepY] = seen(laterX - beforeX, laterY - beforeY);
        put(stepX / (STEP * size), stepY / (STEP * size));
        [laterX, laterY] = [beforeX, beforeY];
      }
      const [lastX, lastY] = seen(lastAction[0]! - agentX, lastAction[1]! - agentY);
      put(lastX / (TARGET * size), lastY / (TARGET * size));
      const [goalX, goalY] = seen(pose.goalX - centreX, pose.goalY - centreY);
      put(goalX / (GOAL * size), goalY / (GOAL * size));
      for (const range of GOAL_RANGES) {
        put(Math.tanh(goalX / (range * size)), Math.tanh(goalY / (range * size)));
      }
      put(Math.sin(pose.turn), Math.cos(pose.turn));
      put(...TURN_RANGES.map((range) => Math.tanh(pose.turn / range)));
      const [originX, originY] = body.goal;
      put((agentX - originX) / (WORLD * size), (agentY - originY) / (WORLD * size));
      put((x - originX) / (WORLD * size), (y - originY) / (WORLD * size), cosine, sine);
      const localX = along + body.centre[0], localY = across + body.centre[1];
      const gaps = boxes.map((box) => gapTo(box, localX, localY) - body.radius);
      for (const range of GAP_RANGES) put(...gaps.map((gap) => Math.tanh(gap / (range * size))));
    },
    firstAction(observation, out) {
      out.set(body.point.map((column) => observation[column]!));
    },
    encodeActions(observation, actions, out) {
      const { cosine, sine } = poseOf(body, observation), length = TARGET * size;
      const [agentX, agentY] = body.point.map((column) => observation[column]!);
      for (let i = 0; i < actions.length; i += 2) {
        const dx = actions[i]! - agentX!, dy = actions[i + 1]! - agentY!;
        out[i] = (cosine * dx + sine * dy) / length;
        out[i + 1] = (cosine * dy - sine * dx) / length;
      }
    },
    decodeActions(observation, coded, out) {
      const { cosine, sine } = poseOf(body, observation), length = TARGET * size;
      const [agentX, agentY] = body.point.map((column) => observation[column]!);
      for (let i = 0; i < coded.length; i += 2) {
        const along = length * coded[i]!, across = length * coded[i + 1]!;
        out[i] = agentX! + cosine * along - sine * across;
        out[i + 1] = agentY! + sine * along + cosine * across;
      }
    },
    encodeNodes: (graph, inputs) => encodeNodes(graph, inputs, { config, body, width, states }),
    decodeNodes(graph, observation, coded) {
      const { cosine, sine, agent } = poseNodes(graph, observation, body, states);
      const length = TARGET * size, count = 2 * config.horizon;
      const axis = (column: number) => (i: number) => [2 * i + column, 2 * i + column] as const;
      const turned = (entries: readonly (readonly [number, number, number])[]) =>
        graph.op("MatMul", coded, graph.matrix([count, count], entries));
      const points = Array.from({ length: config.horizon }, (_, i) => i);
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
    },
  };
}

/** Where the body and its goal are. */
function poseOf({ position, angle: at, centre, goal }: ChunkBody, observation: ArrayLike<number>) {
  const x = observation[position[0]]!, y = observation[position[1]]!, angle = observation[at]!;
  const cosine = Math.cos(angle), sine = Math.sin(angle), turn = goal[2] - angle;
  const [goalX, goalY] = placed(goal[0], goal[1], goal[2], centre);
  return {
    x,
    y,
    cosine,
    sine,
    centreX: x + cosine * centre[0] - sine * centre[1],
    centreY: y + sine * centre[0] + cosine * centre[1],
    goalX,
    goalY,
    turn: turn - TURN * Math.round(turn / TURN),
  };
}

/** A point of a body's frame in the world. */
function placed(x: number, y: number, angle: number, [px, py]: readonly [number, number]) {
  const cosine = Math.cos(angle), sine = Math.sin(angle);
  return [x + cosine * px - sine * py, y + sine * px + cosine * py] as const;
}

function gapTo([left, right, low, high]: ChunkBody["boxes"][number], x: number, y: number) {
  return Math.hypot(Math.max(left - x, 0, x - right), Math.max(low - y, 0, y - high));
}

/** Parts of an observation in ONNX, `[batch, 1]` each but for two pairs. */
function poseNodes(graph: GraphBuilder, observation: string, body: ChunkBody, states: number) {
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

function encodeNodes(
  graph: GraphBuilder,
  { observation, previous, lastAction }: Parameters<ChunkFeatures["encodeNodes"]>[1],
  { config: { nObsSteps }, body, width, states }: {
    readonly config: ChunkConfig;
    readonly body: ChunkBody;
    readonly width: number;
    readonly states: number;
  },
): string {
  const { size, centre, goal } = body;
  const { angle, agent, origin, cosine, sine } = poseNodes(graph, observation, body, states);
  /** Turns (x, y) to (−y, x). */
  const crossed = graph.matrix([2, 2], [[0, 1, 1], [1, 0, -1]]);
  /** A vector of the world in the body's frame. */
  const seen = (vector: string) =>
    graph.op(
      "Sub",
      graph.op("Mul", vector, cosine),
      graph.op("Mul", graph.op("MatMul", vector, crossed), sine),
    );
  const parts: string[] = [];
  let at = 0;
  const put = (value: string, columns: number, scale = 1) => {
    const entries = Array.from({ length: columns }, (_, i) => [i, at + i, scale] as const);
    parts.push(graph.op("MatMul", value, graph.matrix([columns, width], entries)));
    at += columns;
  };
  const scaled = (value: string, factor: number) => graph.op("Mul", value, graph.row([factor]));
  const squashed = (value: string, range: number) => graph.op("Tanh", scaled(value, 1 / range));

  const local = seen(graph.op("Sub", agent, origin)); // from the origin, in the body's frame
  const fromCentre = graph.op("Sub", local, graph.row(centre));
  put(fromCentre, 2, 1 / (FAR * size));
  put(squashed(fromCentre, NEAR * size), 2);
  let later = agent;
  for (let i = 0; i < nObsSteps - 1; i++) {
    const entries = body.point.map((column, j) => [i * states + column, j, 1] as const);
    const picked = graph.matrix([(nObsSteps - 1) * states, 2], entries);
    const before = graph.op("MatMul", previous, picked);
    put(seen(graph.op("Sub", later, before)), 2, 1 / (STEP * size));
    later = before;
  }
  put(seen(graph.op("Sub", lastAction, agent)), 2, 1 / (TARGET * size));
  const goalCentre = graph.row(placed(goal[0], goal[1], goal[2], centre));
  const toGoal = graph.op(
    "Sub",
    seen(graph.op("Sub", goalCentre, origin)),
    graph.row(centre),
  );
  put(toGoal, 2, 1 / (GOAL * size));
  for (const range of GOAL_RANGES) put(squashed(toGoal, range * size), 2);
  const difference = graph.op("Sub", graph.row([goal[2]]), angle);
  const turns = graph.op("Round", scaled(difference, 1 / TURN));
  const turn = graph.op("Sub", difference, scaled(turns, TURN));
  put(graph.op("Sin", turn), 1);
  put(graph.op("Cos", turn), 1);
  for (const range of TURN_RANGES) put(squashed(turn, range), 1);
  const world = graph.row([goal[0], goal[1]]);
  for (const point of [agent, origin]) {
    put(graph.op("Sub", point, world), 2, 1 / (WORLD * size));
  }
  put(cosine, 1);
  put(sine, 1);
  const gaps = body.boxes.map((box) => gapNodes(graph, local, box, body.radius));
  for (const range of GAP_RANGES) for (const gap of gaps) put(squashed(gap, range * size), 1);
  return graph.op("Sum", ...parts);
}

/** How far a disc about a point, `[batch, 2]`, is from touching a box. */
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
