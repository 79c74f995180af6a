import type { FieldSpec } from "../../../core/episode.ts";
import type { MujocoScene } from "../../mujoco/mujoco.ts";
import type { SceneLayout } from "../layout/layout.ts";

/** One field of an observation, and how it is read. */
export interface ObservedField {
  readonly spec: FieldSpec;
  read(scene: MujocoScene, layout: SceneLayout): ArrayLike<number>;
}
