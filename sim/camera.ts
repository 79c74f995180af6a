import type { PictureOptions } from "./environment.ts";
import type { MujocoScene } from "./mujoco.ts";
export function renderCamera(
  _scene: MujocoScene,
  _camera: string,
  { width, height }: PictureOptions,
): Uint8Array {
  return new Uint8Array(width * height * 3);
}
