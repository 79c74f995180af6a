import { InvalidInputError } from "../../core/errors.ts";
import type { RandomGenerator } from "../../core/random.ts";
import type { Drawing } from "../world/drawing.ts";
import type {
  ImageOptions,
  InteractiveWorld,
  RandomizationDraw,
  ViewableWorld,
  World,
  WorldOptions,
} from "../world/world.ts";
import type { DraggableBody } from "../world/draggable_body.ts";
import { coverageOf, SUCCESS_COVERAGE } from "./coverage.ts";
import { movedState, pushTDraggableBodies } from "./push_t_draggable_bodies.ts";
import { createPushTDrawing, type PushTDrawing, type PushTView } from "./push_t_image.ts";
import {
  drawStart,
  GOAL_POSE,
  moveToGoal,
  PHYSICS_TIMESTEP,
  type PushTEngine,
  type PushTState,
} from "./push_t_scene.ts";
import { PUSH_T_SHAPES, pushTPoses } from "./push_t_shapes.ts";

/** Name of the property by which starts come near the goal. */
export const NEARNESS = "start_nearness";

/**
 * A world of Push-T on an engine.
 *
 * @param create Makes the engine, which the world disposes of
 * @throws {RangeError} If the physics timestep is not that of Push-T
 */
export async function createPushTWorld(
  create: () => Promise<PushTEngine>,
  { physicsTimestep = PHYSICS_TIMESTEP, start }: WorldOptions & { start: PushTState | undefined },
): Promise<World> {
  if (physicsTimestep !== PHYSICS_TIMESTEP) {
    throw new RangeError(
      `Cannot simulate with a physics timestep of ${physicsTimestep} s: expected ` +
        `${PHYSICS_TIMESTEP}, which Push-T's damping is bound to`,
    );
  }
  return new PushTWorld(await create(), start);
}

/**
 * Computes a policy's observation of a pose.
 *
 * @param pose As `PushTEngine.pose`
 * @returns `[5]`; a new array
 */
export function observePushT(pose: ArrayLike<number>): Float32Array {
  const turn = 2 * Math.PI, angle = pose[6]! % turn;
  // Not by Float32Array.of(), which takes as long as a physics step.
  const observation = new Float32Array(5);
  observation[0] = pose[0]!;
  observation[1] = pose[1]!;
  observation[2] = pose[4]!;
  observation[3] = pose[5]!;
  observation[4] = angle < 0 ? angle + turn : angle;
  return observation;
}

/** A world of Push-T, see {@linkcode createPushTWorld}. */
export class PushTWorld implements ViewableWorld, InteractiveWorld {
  readonly #engine: PushTEngine;
  #model: PushTEngine | null = null;
  readonly #start: PushTState | undefined;
  #target: PushTView["target"] = null;
  #nearness = 0;
  /** Drawing of the previous image: images are rendered one after the other. */
  #drawing: { readonly options: ImageOptions; readonly draw: PushTDrawing } | null = null;

  /** @param start Of every episode; drawn at a reset if absent */
  constructor(engine: PushTEngine, start?: PushTState) {
    this.#engine = engine;
    this.#start = start;
  }

  configure(draw: RandomizationDraw): void {
    for (const name of Object.keys(draw)) {
      if (name === NEARNESS) continue;
      throw new InvalidInputError({
        action: `vary "${name}" of`,
        place: "push-t",
        expected: NEARNESS,
        remedy: "leave it out",
      });
    }
    this.#nearness = draw[NEARNESS]?.[0] ?? 0;
  }

  reset(random: RandomGenerator): Float32Array {
    this.#engine.reset(this.#start ?? moveToGoal(drawStart(random), this.#nearness));
    this.#target = null;
    return this.observe();
  }

  step(action: Float32Array): Float32Array {
    const [x, y] = action;
    if (action.length !== 2 || !Number.isFinite(x) || !Number.isFinite(y)) {
      throw new RangeError(
        `Cannot step: expected 2 finite numbers as action, found [${action.join(", ")}]`,
      );
    }
    this.#engine.step(x!, y!);
    this.#target = [x!, y!];
    return this.observe();
  }

  observe(): Float32Array {
    return observePushT(this.#engine.pose);
  }

  /** Returns an engine of the same kind for planning; the world's own, made on first use. */
  get model(): PushTEngine {
    return this.#model ??= this.#engine.createAnother();
  }

  snapshot(): Float64Array {
    return this.#engine.snapshot();
  }

  restore(state: Float64Array): void {
    const { stateSize } = this.#engine;
    if (state.length !== stateSize) {
      throw new RangeError(
        `Cannot restore a state: expected ${stateSize} numbers, found ${state.length}`,
      );
    }
    this.#engine.restore(state);
    this.#target = null;
  }

  render(options: ImageOptions): Uint8Array {
    const { width, height, path } = this.#drawing?.options ?? {};
    const same = width === options.width && height === options.height && path === options.path;
    if (!same) this.#drawing = { options, draw: createPushTDrawing(options) };
    return this.#drawing!.draw({ pose: this.#engine.pose, target: this.#target });
  }

  drawing(): Drawing {
    return PUSH_T_SHAPES;
  }

  poses(): Float64Array {
    return pushTPoses(this.#engine.pose);
  }

  draggableBodies(): readonly DraggableBody[] {
    return pushTDraggableBodies(this.#engine.pose);
  }

  move(name: string, position: readonly number[]): void {
    this.#engine.reset(movedState(this.#engine.pose, name, position));
  }

  holdAction(): Float32Array {
    return Float32Array.from(this.#engine.pose.subarray(0, 2));
  }

  info() {
    const { pose, touched } = this.#engine;
    const [agentX = 0, agentY = 0, agentVx = 0, agentVy = 0, x = 0, y = 0, angle = 0] = pose;
    const coverage = coverageOf(x, y, angle);
    return {
      pos_agent: [agentX, agentY],
      vel_agent: [agentVx, agentVy],
      block_pose: [x, y, angle],
      goal_pose: GOAL_POSE,
      n_contacts: touched ? 1 : 0,
      coverage,
      is_success: coverage > SUCCESS_COVERAGE,
    };
  }

  [Symbol.dispose](): void {
    this.#engine[Symbol.dispose]();
    this.#model?.[Symbol.dispose]();
  }
}
