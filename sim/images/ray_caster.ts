import { cornersOf, intersectGeom, type RayScene, rotateInto } from "./ray_scene.ts";

/** Pose and field of view of a camera. */
export interface CameraPose {
  /** `[3]` m */
  readonly position: ArrayLike<number>;
  /** `[3, 3]` row-major; columns are right, up and backward in the world, as MuJoCo's `cam_xmat`. */
  readonly frame: ArrayLike<number>;
  /** Vertical, in degrees. */
  readonly fieldOfView: number;
}

/** First hit of the ray of each sample. */
export interface Hits {
  /** `[n]` geom, −1 for none. */
  readonly geom: Int32Array;
  /** `[n]` distance along the camera's axis in m, Infinity for none. */
  readonly depth: Float64Array;
}

/** The part of an image in which a geom can be seen; ends are exclusive. */
interface Rectangle {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Numbers of a geom in `#local`: origin, then right, up and forward of the camera, in its frame. */
const STRIDE = 12;

/** Distance before the camera below which a geom's extent in the image is not computed (m). */
const NEAR = 1e-3;

/**
 * Casts rays through the pixels of one image. The ray of a point (x, y) of the image is
 * forward + x · right + y · up, with length 1 along the camera's axis, so its parameter is depth.
 */
export class RayCaster {
  readonly scene: RayScene;
  readonly width: number;
  readonly height: number;
  /** Width of a pixel on the plane one metre before the camera (m). */
  readonly pixel: number;
  /** Right, up, forward and position of the camera in the world, `[12]`. */
  readonly camera: Float64Array;
  /** `[geoms, 12]`, see STRIDE. */
  readonly local: Float64Array;
  readonly #rectangles: readonly (Rectangle | null)[];

  constructor(scene: RayScene, pose: CameraPose, width: number, height: number) {
    this.scene = scene;
    this.width = width;
    this.height = height;
    this.pixel = 2 * Math.tan(pose.fieldOfView * Math.PI / 360) / height;
    const { frame, position } = pose;
    this.camera = Float64Array.of(
      ...[frame[0]!, frame[3]!, frame[6]!],
      ...[frame[1]!, frame[4]!, frame[7]!],
      ...[-frame[2]!, -frame[5]!, -frame[8]!],
      ...[position[0]!, position[1]!, position[2]!],
    );
    this.local = new Float64Array(STRIDE * scene.kinds.length);
    for (const geom of scene.visible) this.#prepare(geom);
    this.#rectangles = scene.visible.map((geom) => this.#extent(geom));
  }

  #prepare(geom: number): void {
    const { camera, local, scene } = this;
    const offset = [0, 1, 2].map((axis) => camera[9 + axis]! - scene.positions[3 * geom + axis]!);
    const first = STRIDE * geom;
    rotateInto(scene, geom, [offset[0]!, offset[1]!, offset[2]!], local, first);
    for (let axis = 0; axis < 3; axis++) {
      const [x, y, z] = [camera[3 * axis]!, camera[3 * axis + 1]!, camera[3 * axis + 2]!];
      rotateInto(scene, geom, [x, y, z], local, first + 3 + 3 * axis);
    }
  }

  /** Returns the pixels that a geom can cover; null if it is behind the camera. */
  #extent(geom: number): Rectangle | null {
    const { camera, width, height, pixel } = this;
    const whole = { left: 0, right: width, top: 0, bottom: height };
    const corners = cornersOf(this.scene, geom);
    if (corners === null) return whole;
    let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity, behind = 0;
    for (let corner = 0; corner < 24; corner += 3) {
      const x = corners[corner]! - camera[9]!;
      const y = corners[corner + 1]! - camera[10]!;
      const z = corners[corner + 2]! - camera[11]!;
      const depth = x * camera[6]! + y * camera[7]! + z * camera[8]!;
      if (depth < NEAR) {
        behind++;
        continue;
      }
      const column = (x * camera[0]! + y * camera[1]! + z * camera[2]!) / (depth * pixel) +
        width / 2;
      const row = height / 2 - (x * camera[3]! + y * camera[4]! + z * camera[5]!) / (depth * pixel);
      left = Math.min(left, column), right = Math.max(right, column);
      top = Math.min(top, row), bottom = Math.max(bottom, row);
    }
    if (behind === 8) return null;
    if (behind > 0) return whole;
    return {
      left: Math.max(0, Math.floor(left)),
      right: Math.min(width, Math.ceil(right)),
      top: Math.max(0, Math.floor(top)),
      bottom: Math.min(height, Math.ceil(bottom)),
    };
  }

  /** One ray through the middle of every pixel, row by row from the top. */
  castPixels(): Hits {
    const { width, height, pixel } = this;
    const hits = createHits(width * height);
    this.scene.visible.forEach((geom, index) => {
      const rectangle = this.#rectangles[index];
      if (rectangle === null || rectangle === undefined) return;
      const { left, right, top, bottom } = rectangle;
      for (let row = top; row < bottom; row++) {
        const y = (height / 2 - row - 0.5) * pixel;
        for (let column = left; column < right; column++) {
          this.#cast(geom, (column + 0.5 - width / 2) * pixel, y, hits, row * width + column);
        }
      }
    });
    return hits;
  }

  /**
   * One ray through each of some points of the image.
   *
   * @param columns `[n]` in pixels from the left edge
   * @param rows `[n]` in pixels from the top edge
   */
  castPoints(columns: Float64Array, rows: Float64Array): Hits {
    const { width, height, pixel } = this;
    const hits = createHits(columns.length);
    this.scene.visible.forEach((geom, index) => {
      const rectangle = this.#rectangles[index];
      if (rectangle === null || rectangle === undefined) return;
      const { left, right, top, bottom } = rectangle;
      for (let i = 0; i < columns.length; i++) {
        const column = columns[i]!, row = rows[i]!;
        if (column < left || column > right || row < top || row > bottom) continue;
        this.#cast(geom, (column - width / 2) * pixel, (height / 2 - row) * pixel, hits, i);
      }
    });
    return hits;
  }

  #cast(geom: number, x: number, y: number, { geom: found, depth }: Hits, sample: number): void {
    const { local, scene } = this, at = STRIDE * geom;
    const t = intersectGeom(
      scene,
      geom,
      local[at]!,
      local[at + 1]!,
      local[at + 2]!,
      local[at + 9]! + x * local[at + 3]! + y * local[at + 6]!,
      local[at + 10]! + x * local[at + 4]! + y * local[at + 7]!,
      local[at + 11]! + x * local[at + 5]! + y * local[at + 8]!,
    );
    if (t >= depth[sample]!) return;
    depth[sample] = t;
    found[sample] = geom;
  }
}

function createHits(count: number): Hits {
  return { geom: new Int32Array(count).fill(-1), depth: new Float64Array(count).fill(Infinity) };
}
