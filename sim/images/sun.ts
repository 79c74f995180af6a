import type { MujocoScene } from "../mujoco/mujoco.ts";
import { cornersOf, intersectGeom, type RayScene, rotateInto } from "./ray_scene.ts";
import { PLANE } from "./ray_shapes.ts";

/** MuJoCo's default of a light's `diffuse`: a sun of this much has the usual brightness. */
export const NOMINAL_DIFFUSE = 0.7;

/** Cells along each side of the map of what may stand before the sun. */
const CELLS = 32;

/** Light and direction of a sun that declares none. */
const DEFAULT_SUN = {
  direction: [0, 0, -1],
  diffuse: [NOMINAL_DIFFUSE, NOMINAL_DIFFUSE, NOMINAL_DIFFUSE],
  ambient: 0,
};

/** The light of a scene: parallel rays, with hard shadows. */
export interface Sun {
  /** `[3]` unit vector towards it. */
  readonly towards: readonly [x: number, y: number, z: number];
  /** Red, green and blue of its light; 1 is usual. */
  readonly intensity: readonly [red: number, green: number, blue: number];
  /** Share of its light that arrives in the shadow. */
  readonly shadowLight: number;
}

/** Reads the first light of a scene, as it is currently varied. */
export function readSun(scene: MujocoScene): Sun {
  const directions = scene.model("light_dir");
  const { direction, diffuse, ambient } = directions.length === 0 ? DEFAULT_SUN : {
    direction: Array.from(directions.subarray(0, 3)),
    diffuse: Array.from(scene.model("light_diffuse").subarray(0, 3)),
    ambient: scene.model("light_ambient")[0]!,
  };
  const [x, y, z] = [direction[0]!, direction[1]!, direction[2]!];
  const length = Math.sqrt(x * x + y * y + z * z);
  return {
    towards: [-x / length, -y / length, -z / length],
    intensity: [
      diffuse[0]! / NOMINAL_DIFFUSE,
      diffuse[1]! / NOMINAL_DIFFUSE,
      diffuse[2]! / NOMINAL_DIFFUSE,
    ],
    shadowLight: ambient,
  };
}

/**
 * Shadows of the sun. Planes cast none: they are seen from above only, and a sun below the floor
 * shines through it.
 */
export class Shadows {
  readonly #scene: RayScene;
  readonly #towards: Sun["towards"];
  /** Two unit vectors at right angles to the sun's, `[6]`. */
  readonly #across: Float64Array;
  /** Vector towards the sun by geom, in the geom's frame. */
  readonly #local: Float64Array;
  /** Geoms that may stand before a cell, by cell. */
  readonly #cells: (readonly number[])[] = [];
  readonly #low: [number, number] = [Infinity, Infinity];
  readonly #cell: [number, number] = [0, 0];

  constructor(scene: RayScene, { towards }: Sun) {
    this.#scene = scene;
    this.#towards = towards;
    this.#across = acrossOf(towards);
    this.#local = new Float64Array(3 * scene.kinds.length);
    const casters = scene.visible.filter((geom) => scene.kinds[geom] !== PLANE);
    const extents = casters.map((geom) => this.#extent(geom));
    const high = [-Infinity, -Infinity];
    for (const extent of extents) {
      for (const axis of [0, 1] as const) {
        this.#low[axis] = Math.min(this.#low[axis], extent[axis]!);
        high[axis] = Math.max(high[axis]!, extent[2 + axis]!);
      }
    }
    for (const axis of [0, 1] as const) {
      this.#cell[axis] = (high[axis]! - this.#low[axis]) / CELLS;
    }
    const cells: number[][] = Array.from({ length: CELLS * CELLS }, () => []);
    casters.forEach((geom, index) => {
      rotateInto(scene, geom, towards, this.#local, 3 * geom);
      const [left, bottom, right, top] = extents[index]!;
      for (let v = this.#index(bottom!, 1); v <= this.#index(top!, 1); v++) {
        for (let u = this.#index(left!, 0); u <= this.#index(right!, 0); u++) {
          cells[CELLS * v + u]!.push(geom);
        }
      }
    });
    this.#cells = cells;
  }

  /** Returns whether a point on a geom that faces the sun is lit. */
  isLit(geom: number, x: number, y: number, z: number): boolean {
    const across = this.#across;
    const u = (across[0]! * x + across[1]! * y + across[2]! * z - this.#low[0]) / this.#cell[0];
    const v = (across[3]! * x + across[4]! * y + across[5]! * z - this.#low[1]) / this.#cell[1];
    if (!(u >= 0 && u < CELLS && v >= 0 && v < CELLS)) return true;
    const { positions, rotations } = this.#scene, local = this.#local;
    for (const caster of this.#cells[CELLS * Math.floor(v) + Math.floor(u)]!) {
      if (caster === geom) continue; // convex: it stands before none of its own lit side
      const dx = x - positions[3 * caster]!;
      const dy = y - positions[3 * caster + 1]!;
      const dz = z - positions[3 * caster + 2]!;
      const r = 9 * caster;
      const t = intersectGeom(
        this.#scene,
        caster,
        rotations[r]! * dx + rotations[r + 3]! * dy + rotations[r + 6]! * dz,
        rotations[r + 1]! * dx + rotations[r + 4]! * dy + rotations[r + 7]! * dz,
        rotations[r + 2]! * dx + rotations[r + 5]! * dy + rotations[r + 8]! * dz,
        local[3 * caster]!,
        local[3 * caster + 1]!,
        local[3 * caster + 2]!,
      );
      if (t < Infinity) return false;
    }
    return true;
  }

  /** `[left, bottom, right, top]` of a geom as the sun sees it, in m. */
  #extent(geom: number): number[] {
    const corners = cornersOf(this.#scene, geom)!; // planes were left out
    const across = this.#across;
    const extent = [Infinity, Infinity, -Infinity, -Infinity];
    for (let corner = 0; corner < 24; corner += 3) {
      for (const axis of [0, 1]) {
        const at = across[3 * axis]! * corners[corner]! +
          across[3 * axis + 1]! * corners[corner + 1]! +
          across[3 * axis + 2]! * corners[corner + 2]!;
        extent[axis] = Math.min(extent[axis]!, at);
        extent[2 + axis] = Math.max(extent[2 + axis]!, at);
      }
    }
    return extent;
  }

  #index(at: number, axis: 0 | 1): number {
    const index = Math.floor((at - this.#low[axis]) / this.#cell[axis]);
    return Math.max(0, Math.min(CELLS - 1, index));
  }
}

/** Two unit vectors at right angles to a unit vector and to each other. */
function acrossOf([x, y, z]: Sun["towards"]): Float64Array {
  // The axis that is farthest from it.
  const [a, b, c] = Math.abs(x) < 0.6 ? [0, z, -y] : [-z, 0, x];
  const length = Math.sqrt(a * a + b * b + c * c);
  const u = [a / length, b / length, c / length] as const;
  return Float64Array.of(
    ...u,
    y * u[2] - z * u[1],
    z * u[0] - x * u[2],
    x * u[1] - y * u[0],
  );
}
