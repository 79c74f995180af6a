import { decodeNodes, encodeNodes, poseNodes } from "./body_nodes.ts";
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
import type { ChunkFeatures, ChunkState } from "./chunk_features.ts";
import { type ChunkBody, type ChunkConfig, observationWidth } from "./config.ts";

/**
 * Makes the features for a point that pushes a rigid body to a goal: everything in the body's
 * frame, at several scales, and the distance of the point from contact. Actions are targets of the
 * point; the network outputs them relative to the point, in the body's frame too.
 *
 * Lengths are multiples of `body.size`.
 */

export function bodyFeatures(config: ChunkConfig, body: ChunkBody): ChunkFeatures {
  const { nObsSteps, horizon } = config, states = observationWidth(config);
  const { boxes, size } = body;
  const width = 20 + 2 * nObsSteps + 2 * boxes.length, length = TARGET * size;
  return {
    width,
    encodeState: (state, out) => encodeState(state, out, { nObsSteps, body, states }),
    firstAction(observation, out) {
      out.set(body.point.map((column) => observation[column]!));
    },
    encodeActions(observation, actions, out) {
      const { cosine, sine } = poseOf(body, observation);
      const [agentX, agentY] = body.point.map((column) => observation[column]!);
      for (let i = 0; i < actions.length; i += 2) {
        const dx = actions[i]! - agentX!, dy = actions[i + 1]! - agentY!;
        out[i] = (cosine * dx + sine * dy) / length;
        out[i + 1] = (cosine * dy - sine * dx) / length;
      }
    },
    decodeActions(observation, coded, out) {
      const { cosine, sine } = poseOf(body, observation);
      const [agentX, agentY] = body.point.map((column) => observation[column]!);
      for (let i = 0; i < coded.length; i += 2) {
        const along = length * coded[i]!, across = length * coded[i + 1]!;
        out[i] = agentX! + cosine * along - sine * across;
        out[i + 1] = agentY! + sine * along + cosine * across;
      }
    },
    encodeNodes: (graph, inputs) => encodeNodes(graph, inputs, { nObsSteps, body, width, states }),
    decodeNodes: (graph, observation, coded) =>
      decodeNodes(graph, poseNodes(graph, observation, body, states), { coded, horizon, length }),
  };
}

/** @param out `[width]` */
function encodeState(
  { observation, previous, lastAction }: ChunkState,
  out: Float64Array,
  { nObsSteps, body, states }: {
    readonly nObsSteps: number;
    readonly body: ChunkBody;
    /** Numbers of an observation. */
    readonly states: number;
  },
): void {
  const { boxes, size } = body;
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
}

/** Computes the poses of the body and its goal. */
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

function gapTo([left, right, low, high]: ChunkBody["boxes"][number], x: number, y: number) {
  return Math.hypot(Math.max(left - x, 0, x - right), Math.max(low - y, 0, y - high));
}
