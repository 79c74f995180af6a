import { centreOfBlock, GOAL_POSE } from "../push_t_scene.ts";

const GOAL_CENTRE = centreOfBlock(...GOAL_POSE);
/** Weight of a radian: about the T's radius of gyration, √3000 = 55 (px). */
const RADIAN = 45;
/** Distance at which about one push is left, and the steps that one takes. */
const NEAR = 15, PUSH_STEPS = 30;
/** Steps that a px of distance takes, times the weight of the Euclidean distance. */
const STEPS_PER_PX = 0.8 * 1.2, WEIGHT = 1.2;

/**
 * Estimates the steps left to the goal from the distance of the block's pose. The distance is
 * Euclidean: a sum of both parts trades position against angle, and dithers.
 *
 * @param x Position of the block's origin (px)
 * @param angle Angle (rad)
 */
export function stepsToGoal(x: number, y: number, angle: number): number {
  const [centreX, centreY] = centreOfBlock(x, y, angle), turn = angle - GOAL_POSE[2];
  const distance = Math.hypot(
    centreX - GOAL_CENTRE[0],
    centreY - GOAL_CENTRE[1],
    RADIAN * (turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI))),
  );
  return STEPS_PER_PX * distance + PUSH_STEPS * Math.min(1, WEIGHT * distance / NEAR);
}

/**
 * Steps at or above which a push makes no progress: null pushes that promise a better second one
 * would otherwise be taken for ever.
 */
export function progressBar(steps: number): number {
  return steps - Math.max(1.5, 0.12 * steps);
}

/** Distance between two poses `[3]` of the block: centre of gravity and weighted angle (px). */
export function poseDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const from = centreOfBlock(a[0]!, a[1]!, a[2]!), to = centreOfBlock(b[0]!, b[1]!, b[2]!);
  return Math.hypot(to[0] - from[0], to[1] - from[1]) + RADIAN * Math.abs(b[2]! - a[2]!);
}
