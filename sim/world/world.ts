import type { RandomGenerator } from "../../core/random.ts";
import type { CameraImages } from "../images/camera_images.ts";
import type { CameraSpec } from "../images/camera_options.ts";
import type { DraggableBody } from "./draggable_body.ts";
import type { Drawing } from "./drawing.ts";

/** The row of a column, or the scalar of one without shape. */
export type RowValue = ArrayLike<number> | number | boolean;

/** Values drawn for one episode, by the name of their {@linkcode RandomizationSpec}. */
export type RandomizationDraw = Readonly<Record<string, Float64Array>>;

/** Content of an image of a world. */
export interface ImageOptions {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Positions that the policy meant to go through, flat, for worlds that show them. */
  readonly path?: ArrayLike<number>;
}

/**
 * Simulated scene: what every world does. It holds memory of the engine: dispose of it. The
 * interfaces below add what only some worlds do, each with a function that checks for it.
 */
export interface World extends Disposable {
  /**
   * Sets the properties of the episodes to come. What the draw does not name is nominal, whatever
   * an earlier draw made it. A reset or a restore must follow.
   *
   * @throws {InvalidInputError} If the environment has no property of a name
   */
  configure(draw: RandomizationDraw): void;
  /**
   * Begins an episode in a drawn state, which depends on nothing but the draw and `configure()`.
   *
   * @param random Generator of the start state
   * @param candidate Index of the episode, 0 unless given: what is to be tried in turn goes by it
   * @returns `[n]` the first observation; a new array
   */
  reset(random: RandomGenerator, candidate?: number): Float32Array;
  /**
   * Advances by one control period.
   *
   * @param action `[m]`; components beyond the action space are clipped to it
   * @returns `[n]` the observation after it; a new array
   * @throws {RangeError} If `action` is not finite or has not m components
   */
  step(action: Float32Array): Float32Array;
  /** `[n]` the present observation; a new array. */
  observe(): Float32Array;
  /** Values of `EnvironmentDefinition.info` now. */
  info?(): Readonly<Record<string, RowValue>>;
  /** `[k]` the exact state: what follows is a function of it, of `configure()` and of actions. */
  snapshot(): Float64Array;
  /**
   * Returns to a state, to the bit.
   *
   * @param state Of {@linkcode snapshot}
   * @throws {RangeError} If it has another length
   */
  restore(state: Float64Array): void;
  /** An image as `[height · width · 3]` u8 RGB, row-major. */
  render(options: ImageOptions): Uint8Array;
  /** The hold action `[m]`, which changes no target; a new array. Absent if it is all zeros. */
  holdAction?(): Float32Array;
}

/** A world whose state can be set from an observation. */
export interface ObservationStateWorld extends World {
  /**
   * Sets the state from an observation, as far as it tells it, for episodes whose start state was
   * not recorded.
   *
   * @param observation `[n]`; what is not known of it is NaN
   */
  setStateFromObservation(observation: Float32Array): void;
}

/** A world with cameras anywhere, depth and segmentation; others have the one view of `render()`. */
export interface CameraWorld extends World {
  /**
   * Renders the current images of a declared camera.
   *
   * @throws {RangeError} If the scene has no camera of the name that it gives
   */
  capture(camera: CameraSpec): CameraImages;
}

/** A world of which a viewer draws the shapes, not images alone. */
export interface ViewableWorld extends World {
  /** Returns a viewer's drawing of the current episode. */
  drawing(): Drawing;
  /** The present poses of the shapes of the {@linkcode drawing}, one after another. */
  poses(): Float64Array;
}

/** World in which a person may move bodies. */
export interface InteractiveWorld extends World {
  /** Draggable bodies of a preview; none if the list is empty. */
  draggableBodies(): readonly DraggableBody[];
  /**
   * Moves one of the {@linkcode draggableBodies}, which is then at rest. Recorded episodes never
   * contain this, because a replay knows only a start state and actions.
   *
   * @param name Name of one of the {@linkcode draggableBodies}
   * @param position Its new position, finite, with as many components
   */
  move(name: string, position: readonly number[]): void;
}

/** Whether observations tell the state of a world. */
export function isSetByObservations(world: World): world is ObservationStateWorld {
  return "setStateFromObservation" in world;
}

/** Returns whether a world has cameras other than its one view. */
export function hasCameras(world: World): world is CameraWorld {
  return "capture" in world;
}

/** Whether a viewer can draw a world. */
export function isViewable(world: World): world is ViewableWorld {
  return "drawing" in world && "poses" in world;
}

/** Returns whether a person may move bodies of a world. */
export function isInteractive(world: World): world is InteractiveWorld {
  return "draggableBodies" in world && "move" in world;
}

/** Options of a new world. */
export interface WorldOptions {
  /** Seconds of one physics step, for convergence studies; the environment's unless given. */
  readonly physicsTimestep?: number;
}
