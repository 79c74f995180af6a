import type { RandomGenerator } from "../../core/random.ts";
import { renderCamera } from "../images/camera.ts";
import type { CameraImages } from "../images/camera_images.ts";
import { captureCamera } from "../images/camera_spec.ts";
import type { CameraSpec } from "../images/camera_options.ts";
import type { Drawing } from "../world/drawing.ts";
import type {
  CameraWorld,
  ImageOptions,
  InteractiveWorld,
  RandomizationDraw,
  ViewableWorld,
} from "../world/world.ts";
import type { MujocoScene } from "./mujoco.ts";
import { drawMujoco, mujocoPoses } from "./mujoco_drawing.ts";
import { draggableBodies, moveBody } from "./draggable_bodies.ts";
import type { DraggableBody } from "../world/draggable_body.ts";

/**
 * Additions of an environment on MuJoCo to a scene. It keeps no state of its own: the scene has it
 * all.
 */
export interface MujocoTask {
  /** Physics steps of one control period. */
  readonly substeps: number;
  /** Camera of images, by its name in the model. */
  readonly camera: string;
  readonly observationSize: number;
  readonly actionSize: number;
  /** Bodies that a person may move: free ones, and those that only the task moves. */
  readonly draggable?: readonly string[];
  /** Returns the free bodies that move with a body when a person moves it; none if absent. */
  carried?(scene: MujocoScene, name: string): readonly string[];
  /** Varies the scene's nominal model. */
  vary(scene: MujocoScene, draw: RandomizationDraw): void;
  /** Draws a start state and writes it into a scene that was just reset. */
  place(scene: MujocoScene, random: RandomGenerator): void;
  /** Writes the controls of one control period. */
  control(scene: MujocoScene, action: Float32Array): void;
  /** Reads the observation, `[observationSize]`. */
  observe(scene: MujocoScene, observation: Float32Array): void;
  /** The hold action, which keeps the controls as they are, `[actionSize]`; absent if it is 0. */
  holdAction?(scene: MujocoScene): Float32Array;
}

/** A world of a scene and a task. Disposes of the scene. */
export class MujocoWorld implements CameraWorld, ViewableWorld, InteractiveWorld {
  readonly #scene: MujocoScene;
  readonly #task: MujocoTask;

  constructor(scene: MujocoScene, task: MujocoTask) {
    this.#scene = scene;
    this.#task = task;
  }

  configure(draw: RandomizationDraw): void {
    this.#scene.resetModel();
    this.#task.vary(this.#scene, draw);
  }

  reset(random: RandomGenerator): Float32Array {
    this.#scene.resetState();
    this.#task.place(this.#scene, random);
    this.#scene.updateKinematics();
    return this.observe();
  }

  step(action: Float32Array): Float32Array {
    const { actionSize, substeps } = this.#task;
    if (action.length !== actionSize || !action.every(Number.isFinite)) {
      throw new RangeError(
        `Cannot step: expected ${actionSize} finite numbers as action, found [${
          action.join(", ")
        }]`,
      );
    }
    this.#task.control(this.#scene, action);
    this.#scene.advance(substeps);
    this.#scene.updateKinematics();
    return this.observe();
  }

  observe(): Float32Array {
    const observation = new Float32Array(this.#task.observationSize);
    this.#task.observe(this.#scene, observation);
    return observation;
  }

  snapshot(): Float64Array {
    return this.#scene.snapshot();
  }

  restore(state: Float64Array): void {
    this.#scene.restore(state);
  }

  render(options: ImageOptions): Uint8Array {
    return renderCamera(this.#scene, this.#task.camera, options);
  }

  capture(camera: CameraSpec): CameraImages {
    return captureCamera(this.#scene, this.#task.camera, camera);
  }

  drawing(): Drawing {
    return drawMujoco(this.#scene, this.#task);
  }

  poses(): Float64Array {
    return mujocoPoses(this.#scene);
  }

  draggableBodies(): readonly DraggableBody[] {
    return draggableBodies(this.#scene, this.#task.draggable ?? []);
  }

  move(name: string, position: readonly number[]): void {
    moveBody(this.#scene, name, { position, carried: this.#task.carried?.(this.#scene, name) });
  }

  holdAction(): Float32Array {
    return this.#task.holdAction?.(this.#scene) ?? new Float32Array(this.#task.actionSize);
  }

  [Symbol.dispose](): void {
    this.#scene[Symbol.dispose]();
  }
}

/**
 * Physics steps of one control period.
 *
 * @throws {RangeError} If the period is not a whole number of timesteps
 */
export function countSubsteps(controlHz: number, timestep: number): number {
  const steps = 1 / (controlHz * timestep);
  const whole = Math.round(steps);
  // Timesteps such as 0.005 are not exact in binary.
  if (whole < 1 || Math.abs(steps - whole) > 1e-9 * whole) {
    throw new RangeError(
      `Cannot simulate with a physics timestep of ${timestep} s: expected a whole number of ` +
        `timesteps in a control period of ${1 / controlHz} s`,
    );
  }
  return whole;
}
