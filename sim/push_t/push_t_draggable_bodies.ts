import type { DraggableBody } from "../world/draggable_body.ts";
import { CENTRE_OF_GRAVITY, centreOfBlock, type PushTState } from "./push_t_scene.ts";

/** Shapes in `PUSH_T_SHAPES` of the agent and the block, which a person may move. */
const SHAPES = { agent: [3], block: [2] } as const;

/** @param pose As `PushTEngine.pose` */
export function pushTDraggableBodies(pose: ArrayLike<number>): DraggableBody[] {
  const [agentX = 0, agentY = 0, , , x = 0, y = 0] = Array.from(pose);
  return [
    { name: "agent", position: [agentX, agentY], shapes: SHAPES.agent },
    { name: "block", position: [x, y], shapes: SHAPES.block },
  ];
}

/**
 * The start state that puts one of them elsewhere, and leaves the other where it is.
 *
 * @param pose As `PushTEngine.pose`
 * @param name Of {@linkcode pushTDraggableBodies}
 * @param to `[2]` px
 */
export function movedState(
  pose: ArrayLike<number>,
  name: string,
  to: readonly number[],
): PushTState {
  const [agentX = 0, agentY = 0, , , blockX = 0, blockY = 0, angle = 0] = Array.from(pose);
  const isAgent = name === "agent";
  const [x = 0, y = 0] = to;
  const agent = isAgent ? [x, y] as const : [agentX, agentY] as const;
  // A start state says where the block lies unturned; its turn is about its centre of gravity.
  const centre = isAgent ? centreOfBlock(blockX, blockY, angle) : centreOfBlock(x, y, angle);
  return [...agent, centre[0] - CENTRE_OF_GRAVITY[0], centre[1] - CENTRE_OF_GRAVITY[1], angle];
}
