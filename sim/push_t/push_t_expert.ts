import type { PolicyFunction } from "../world/environment.ts";
import { centreOfBlock, GOAL_POSE, WORLD_SIZE } from "./push_t_scene.ts";

/** Radius at which the agent circles the block's centre of gravity, beyond every corner (px). */
const CLEARANCE = 110;
/**
 * Tolerance by which the agent may be off the line of a push at its start (px), the growth of the
 * tolerance for every px that it is closer, and the length of one step (px).
 */
const TOLERANCE = 20, TOLERANCE_GROWTH = 0.7, STRIDE = 16;
/** Angle by which the agent circles the block in one step (rad). */
const TURN = 0.3;

/** Change of direction to try if there is no room behind the block (rad). */
const DETOUR = 0.2;

/**
 * Goes round the block to the side away from the goal, then pushes its centre of gravity towards
 * that of the goal; where a wall leaves no room for that, in the direction next to it. Decided from the observation alone.
 */
export function createPushExpert(): PolicyFunction {
  const goal = centreOfBlock(...GOAL_POSE);
  return ([agentX = 0, agentY = 0, blockX = 0, blockY = 0, angle = 0]) => {
    const centre = centreOfBlock(blockX, blockY, angle);
    const towards = directionOfPush(centre, Math.atan2(goal[1] - centre[1], goal[0] - centre[0]));
    const ux = Math.cos(towards), uy = Math.sin(towards);
    const dx = agentX - centre[0], dy = agentY - centre[1];
    const ahead = dx * ux + dy * uy, beside = dy * ux - dx * uy;
    const tolerance = TOLERANCE + TOLERANCE_GROWTH * Math.max(0, CLEARANCE + ahead);
    if (ahead < 0 && Math.abs(beside) < tolerance) {
      return Float32Array.of(
        agentX + STRIDE * ux + beside * uy,
        agentY + STRIDE * uy - beside * ux,
      );
    }
    // Along a circle around the block, the shorter way to the point behind it.
    const at = Math.atan2(dy, dx), behind = towards + Math.PI;
    const way = Math.atan2(Math.sin(behind - at), Math.cos(behind - at));
    const next = at + Math.max(-TURN, Math.min(TURN, way));
    return Float32Array.of(
      centre[0] + CLEARANCE * Math.cos(next),
      centre[1] + CLEARANCE * Math.sin(next),
    );
  };
}

/** Returns the direction nearest to the desired one that has room behind the block (rad). */
function directionOfPush([x, y]: readonly [number, number], wanted: number): number {
  for (let detour = 0; detour < Math.PI; detour += DETOUR) {
    for (const direction of [wanted + detour, wanted - detour]) {
      const behindX = x - CLEARANCE * Math.cos(direction);
      const behindY = y - CLEARANCE * Math.sin(direction);
      if (Math.min(behindX, behindY) >= 0 && Math.max(behindX, behindY) <= WORLD_SIZE) {
        return direction;
      }
    }
  }
  return wanted;
}
