import type { PictureOptions } from "./environment.ts";
import type { MujocoScene } from "./mujoco.ts";

/** Rays of a pixel along each axis: averaging them softens edges. */
const SAMPLES = 2;

/** Light that reaches a surface from everywhere, and what the sun adds where it falls at a right angle. */
const AMBIENT = 0.5, DIFFUSE = 0.6;

/** M from the origin to the sun: far enough for parallel rays, near enough for their numbers. */
const SUN_DISTANCE = 50;

/** M by which a lit point may lie behind the first hit of its ray from the sun. */
const SHADOW_BIAS = 2e-3;

/** M, side of a tile of a plane, and how much darker every second one is. */
const TILE = 0.25, TILE_CONTRAST = 0.9;

/** mjGEOM_PLANE */
const PLANE = 0;

/** RGB in [0, 1] at the lower and upper edge of what is not hit by any ray. */
const SKY_LOW = [0.93, 0.95, 0.97], SKY_HIGH = [0.72, 0.82, 0.92];

/**
 * A picture through a camera of the scene by casting rays: colours of geoms or their materials,
 * Lambert's law, one light with hard shadows, tiled planes. The same bytes on every machine, and
 * no GPU.
 *
 * @returns `[height · width · 3]` u8 RGB, row-major, from the top
 */
export function renderCamera(
  scene: MujocoScene,
  camera: string,
  { width, height }: PictureOptions,
): Uint8Array {
  const id = scene.id("camera", camera);
  const origin = scene.data("cam_xpos").slice(3 * id, 3 * id + 3);
  const rays = pixelRays(scene, id, width * SAMPLES, height * SAMPLES);
  const { geom, distance, normal } = scene.castRays(origin, rays);
  const points = rays.map((component, i) =>
    origin[i % 3]! + component * distance[Math.floor(i / 3)]!
  );
  const light = lightOf(scene, points);
  const colours = geomColours(scene);
  const planes = scene.model("geom_type").slice();
  const picture = new Float64Array(width * height * 3);
  for (let ray = 0; ray < geom.length; ray++) {
    const column = ray % (width * SAMPLES), row = Math.floor(ray / (width * SAMPLES));
    const pixel = 3 * (Math.floor(row / SAMPLES) * width + Math.floor(column / SAMPLES));
    const hit = geom[ray]!;
    for (let channel = 0; channel < 3; channel++) {
      let value = SKY_LOW[channel]! +
        (SKY_HIGH[channel]! - SKY_LOW[channel]!) * (1 - row / (height * SAMPLES));
      if (hit >= 0) {
        value = colours[3 * hit + channel]! * brightness(light, normal, ray);
        if (planes[hit] === PLANE && isDarkTile(points, ray)) value *= TILE_CONTRAST;
      }
      picture[pixel + channel]! += value;
    }
  }
  return Uint8Array.from(picture, (sum) => toByte(sum / SAMPLES ** 2));
}

/**
 * Directions through the middle of every sample, unit length.
 *
 * @returns `[height · width · 3]`
 */
function pixelRays(scene: MujocoScene, camera: number, width: number, height: number) {
  // Rows of the camera's frame in the world: it looks along its −z, its y points up.
  const frame = scene.data("cam_xmat").subarray(9 * camera, 9 * camera + 9);
  const fieldOfView = scene.model("cam_fovy")[camera]! * Math.PI / 180;
  const pixelSize = 2 * Math.tan(fieldOfView / 2) / height;
  const rays = new Float64Array(width * height * 3);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i += 3) {
      const x = (column + 0.5 - width / 2) * pixelSize;
      const y = (height / 2 - row - 0.5) * pixelSize;
      const length = Math.hypot(x, y, 1);
      for (let axis = 0; axis < 3; axis++) {
        rays[i + axis] = (frame[3 * axis]! * x + frame[3 * axis + 1]! * y - frame[3 * axis + 2]!) /
          length;
      }
    }
  }
  return rays;
}

/** What is known of the scene's light. */
interface Light {
  /** `[3]` unit vector towards the sun. */
  readonly towards: readonly number[];
  /** `[n]` 1 where the sun sees the point, else 0. */
  readonly lit: Uint8Array;
}

/** Casts one ray from the sun to every point: those from one origin are cast at once. */
function lightOf(scene: MujocoScene, points: Float64Array): Light {
  const direction = scene.model("light_dir").subarray(0, 3);
  const length = Math.hypot(...direction);
  const towards = Array.from(direction, (component) => -component / length);
  const sun = towards.map((component) => component * SUN_DISTANCE);
  const rays = points.map((component, i) => component - sun[i % 3]!);
  const { distance } = scene.castRays(sun, rays);
  const lit = new Uint8Array(distance.length);
  for (let i = 0; i < lit.length; i++) {
    // The vector of the ray ends at the point: distance 1.
    lit[i] = distance[i]! < 0 || distance[i]! > 1 - SHADOW_BIAS / SUN_DISTANCE ? 1 : 0;
  }
  return { towards, lit };
}

function brightness({ towards, lit }: Light, normal: Float64Array, ray: number): number {
  let cosine = 0;
  for (let axis = 0; axis < 3; axis++) cosine += towards[axis]! * normal[3 * ray + axis]!;
  // What the sun does not reach is still a little brighter where it looks up.
  const sky = AMBIENT * (1 + 0.25 * normal[3 * ray + 2]!);
  return sky + (lit[ray] === 1 ? DIFFUSE * Math.max(0, cosine) : 0);
}

/** `[geoms, 3]` RGB in [0, 1]: the material's where a geom has one. */
function geomColours(scene: MujocoScene): Float64Array {
  const material = scene.model("geom_matid");
  const own = scene.model("geom_rgba"), shared = scene.model("mat_rgba");
  const colours = new Float64Array(3 * scene.geoms);
  for (let geom = 0; geom < scene.geoms; geom++) {
    const of = material[geom]!;
    for (let channel = 0; channel < 3; channel++) {
      colours[3 * geom + channel] = of < 0 ? own[4 * geom + channel]! : shared[4 * of + channel]!;
    }
  }
  return colours;
}

function isDarkTile(points: Float64Array, ray: number): boolean {
  const column = Math.floor(points[3 * ray]! / TILE), row = Math.floor(points[3 * ray + 1]! / TILE);
  return (column + row) % 2 !== 0;
}

/** No gamma: a surface in full light has the colour that its model gives it. */
function toByte(value: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}
