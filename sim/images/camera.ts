import type { CameraImages } from "./camera_images.ts";
import type { ImageOptions } from "../world/world.ts";
import type { MujocoScene } from "../mujoco/mujoco.ts";
import { type CameraPose, type Hits, RayCaster } from "./ray_caster.ts";
import { hullNormalAt } from "./ray_hull.ts";
import { type RayScene, readRayScene, rotateInto } from "./ray_scene.ts";
import { normalAt, PLANE } from "./ray_shapes.ts";
import { readSun, Shadows, type Sun } from "./sun.ts";

/** Light that reaches a surface from everywhere, and what the sun adds where it falls at a right angle. */
const AMBIENT = 0.5, DIFFUSE = 0.6;

/** Side of a tile of a plane (m), and how much darker every second one is. */
const TILE = 0.25, TILE_CONTRAST = 0.9;

/** RGB in [0, 1] at the lower and upper edge of what is not hit by any ray. */
const SKY_LOW = [0.93, 0.95, 0.97], SKY_HIGH = [0.72, 0.82, 0.92];

/** Points within a pixel on an edge, from its upper left corner. */
const EDGE_SAMPLES = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]] as const;

/** Parts of an image to render. */
export interface ImageRequest {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly image: boolean;
  readonly depth: boolean;
  readonly segmentation: boolean;
  /** Whether shapes cast shadows; without, an image takes two thirds of the time. */
  readonly shadows: boolean;
}

/** Number of geoms that a byte can tell apart, besides none. */
const MAX_SEGMENTS = 255;

/**
 * Renders images of a scene by casting rays at its primitive shapes and convex hulls: colours of geoms or their materials,
 * Lambert's law, one sun with hard shadows, tiled planes. One ray a pixel, and four where what it
 * meets differs from its neighbours. The same bytes on every machine, and no GPU.
 *
 * Meshes are seen as their convex hulls, height fields not at all.
 *
 * @throws {RangeError} If a segmentation is asked of more geoms than a byte can tell apart
 */
export function renderImages(
  scene: MujocoScene,
  pose: CameraPose,
  { width, height, image, depth, segmentation, shadows }: ImageRequest,
): CameraImages {
  if (segmentation && scene.geoms > MAX_SEGMENTS) {
    throw new RangeError(
      `Cannot take a segmentation: expected at most ${MAX_SEGMENTS} geoms, found ${scene.geoms}`,
    );
  }
  const caster = new RayCaster(readRayScene(scene), pose, width, height);
  const hits = caster.castPixels();
  return {
    ...(image && { image: new Painter(caster, readSun(scene), shadows).paint(hits) }),
    ...(depth && { depth: Float32Array.from(hits.depth, (t) => t < Infinity ? t : 0) }),
    ...(segmentation && { segmentation: Uint8Array.from(hits.geom, (geom) => geom + 1) }),
  };
}

/**
 * An image through a camera of the model.
 *
 * @returns `[height · width · 3]` u8 RGB, row-major, from the top
 */
export function renderCamera(
  scene: MujocoScene,
  camera: string,
  { width, height }: ImageOptions,
): Uint8Array {
  const request = { width, height, image: true, depth: false, segmentation: false, shadows: true };
  return renderImages(scene, modelCamera(scene, camera), request).image!; // asked for
}

/** Returns the pose of a camera of the model, whose positions must be up to date. */
export function modelCamera(scene: MujocoScene, name: string): CameraPose {
  const id = scene.id("camera", name);
  return {
    position: scene.data("cam_xpos").slice(3 * id, 3 * id + 3),
    frame: scene.data("cam_xmat").slice(9 * id, 9 * id + 9),
    fieldOfView: scene.model("cam_fovy")[id]!,
  };
}

/** Colours of samples of one image. */
class Painter {
  readonly #caster: RayCaster;
  readonly #scene: RayScene;
  readonly #sun: Sun;
  readonly #shadows: Shadows | null;
  /** `[geoms, 6]` vectors towards the sun and up, in the frame of each geom. */
  readonly #light: Float64Array;
  readonly #normal = new Float64Array(3);
  /** RGB of the sample that was looked at last. */
  readonly #rgb = new Float64Array(3);

  constructor(caster: RayCaster, sun: Sun, shadows: boolean) {
    const { scene } = caster;
    this.#caster = caster;
    this.#scene = scene;
    this.#sun = sun;
    this.#shadows = shadows ? new Shadows(scene, sun) : null;
    this.#light = new Float64Array(6 * scene.kinds.length);
    for (const geom of scene.visible) {
      rotateInto(scene, geom, sun.towards, this.#light, 6 * geom);
      rotateInto(scene, geom, [0, 0, 1], this.#light, 6 * geom + 3);
    }
  }

  /** @param hits Of the middles of the pixels */
  paint(hits: Hits): Uint8Array {
    const { width, height } = this.#caster;
    const image = new Uint8Array(3 * width * height);
    /** What was met, and whether it is lit: pixels on an edge have others beside them. */
    const surfaces = new Int32Array(width * height);
    const rgb = this.#rgb;
    for (let row = 0, pixel = 0; row < height; row++) {
      for (let column = 0; column < width; column++, pixel++) {
        surfaces[pixel] = this.#look(column + 0.5, row + 0.5, hits, pixel);
        for (let c = 0; c < 3; c++) image[3 * pixel + c] = toByte(rgb[c]!);
      }
    }
    this.#smooth(image, edgesOf(surfaces, width, height));
    return image;
  }

  /** Paints pixels again, each as the mean of some samples. */
  #smooth(image: Uint8Array, pixels: Int32Array): void {
    const { width } = this.#caster, samples = EDGE_SAMPLES.length, rgb = this.#rgb;
    const columns = new Float64Array(samples * pixels.length);
    const rows = new Float64Array(samples * pixels.length);
    pixels.forEach((pixel, index) =>
      EDGE_SAMPLES.forEach(([x, y], sample) => {
        columns[samples * index + sample] = pixel % width + x;
        rows[samples * index + sample] = Math.floor(pixel / width) + y;
      })
    );
    const hits = this.#caster.castPoints(columns, rows);
    for (let index = 0; index < pixels.length; index++) {
      let red = 0, green = 0, blue = 0;
      for (let i = samples * index; i < samples * (index + 1); i++) {
        this.#look(columns[i]!, rows[i]!, hits, i);
        red += rgb[0]!, green += rgb[1]!, blue += rgb[2]!;
      }
      const first = 3 * pixels[index]!;
      image[first] = toByte(red / samples);
      image[first + 1] = toByte(green / samples);
      image[first + 2] = toByte(blue / samples);
    }
  }

  /** Sets the colour of one sample, and names the surface: geom and light. */
  #look(column: number, row: number, { geom: geoms, depth }: Hits, sample: number): number {
    const { camera, local, width, height, pixel } = this.#caster;
    const { kinds, sizes, hulls, colours } = this.#scene,
      normal = this.#normal,
      light = this.#light;
    const geom = geoms[sample]!, rgb = this.#rgb;
    if (geom < 0) {
      const up = 1 - row / height;
      for (let c = 0; c < 3; c++) rgb[c] = SKY_LOW[c]! + (SKY_HIGH[c]! - SKY_LOW[c]!) * up;
      return -1;
    }
    const t = depth[sample]!, kind = kinds[geom]!;
    const x = (column - width / 2) * pixel, y = (height / 2 - row) * pixel;
    const at = 12 * geom; // see RayCaster.local
    const px = local[at]! + t * (local[at + 9]! + x * local[at + 3]! + y * local[at + 6]!);
    const py = local[at + 1]! + t * (local[at + 10]! + x * local[at + 4]! + y * local[at + 7]!);
    const pz = local[at + 2]! + t * (local[at + 11]! + x * local[at + 5]! + y * local[at + 8]!);
    const hull = hulls[geom]!; // one a geom, or null
    if (hull === null) normalAt(kind, sizes, 3 * geom, px, py, pz, normal);
    else hullNormalAt(hull, px, py, pz, normal);
    const g = 6 * geom;
    const cosine = light[g]! * normal[0]! + light[g + 1]! * normal[1]! + light[g + 2]! * normal[2]!;
    const up = light[g + 3]! * normal[0]! + light[g + 4]! * normal[1]! +
      light[g + 5]! * normal[2]!;
    const worldX = camera[9]! + t * (camera[6]! + x * camera[0]! + y * camera[3]!);
    const worldY = camera[10]! + t * (camera[7]! + x * camera[1]! + y * camera[4]!);
    // What the sun does not reach is still a little brighter where it looks up.
    const ambient = AMBIENT * (1 + 0.25 * up), { intensity, shadowLight } = this.#sun;
    /** Share of the sun's light that arrives. */
    let share = 0, lit = 0;
    if (cosine > 0) {
      const worldZ = camera[11]! + t * (camera[8]! + x * camera[2]! + y * camera[5]!);
      lit = this.#shadows?.isLit(geom, worldX, worldY, worldZ) === false ? 0 : 1;
      share = lit === 1 ? 1 : shadowLight;
    }
    const tile = kind === PLANE && isDarkTile(worldX, worldY) ? TILE_CONTRAST : 1;
    for (let c = 0; c < 3; c++) {
      const brightness = ambient + DIFFUSE * intensity[c]! * cosine * share;
      rgb[c] = colours[3 * geom + c]! * (brightness * tile);
    }
    // Tiles are left out: they differ little, and a floor that recedes would be all edges.
    return 2 * geom + lit;
  }
}

/** Pixels that have another surface to the right, to the left, above or below. */
function edgesOf(surfaces: Int32Array, width: number, height: number): Int32Array {
  const edges: number[] = [];
  for (let row = 0, pixel = 0; row < height; row++) {
    for (let column = 0; column < width; column++, pixel++) {
      const own = surfaces[pixel]!;
      if (
        (column > 0 && surfaces[pixel - 1] !== own) ||
        (column + 1 < width && surfaces[pixel + 1] !== own) ||
        (row > 0 && surfaces[pixel - width] !== own) ||
        (row + 1 < height && surfaces[pixel + width] !== own)
      ) edges.push(pixel);
    }
  }
  return Int32Array.from(edges);
}

function isDarkTile(x: number, y: number): boolean {
  return (Math.floor(x / TILE) + Math.floor(y / TILE)) % 2 !== 0;
}

/** No gamma: a surface in full light has the colour that its model gives it. */
function toByte(value: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}
