import type { Colour, SpatialDrawing, SpatialShape } from "../world/drawing.ts";
import type { MujocoScene } from "./mujoco.ts";
import { hullsOf, MESH } from "../images/ray_hull.ts";

/** Shapes by the numbers of mjtGeom. Height fields, which no model here has, are not drawn. */
const KINDS: Readonly<Record<number, SpatialShape["kind"]>> = {
  0: "plane",
  2: "sphere",
  3: "capsule",
  4: "ellipsoid",
  5: "cylinder",
  6: "box",
  [MESH]: "hull",
};

/** Options of the appearance of MuJoCo's models and worlds. */
export interface MujocoDrawingOptions {
  /** Name of the camera from which the drawing is seen first. */
  readonly camera: string;
  /** Name of a geom that the camera moves along with. */
  readonly follows?: string;
}

/** Draws the geoms of a scene as it is currently varied; positions must be up to date. */
export function drawMujoco(
  scene: MujocoScene,
  { camera, follows }: MujocoDrawingOptions,
): SpatialDrawing {
  const drawn = drawnGeoms(scene), sizes = scene.model("geom_size");
  const kinds = scene.model("geom_type"), hulls = hullsOf(scene);
  const shapes = drawn.map((geom): SpatialShape => ({
    kind: KINDS[kinds[geom]!]!,
    size: Array.from(sizes.subarray(3 * geom, 3 * geom + 3)),
    colour: colourOf(scene, geom),
    ...(hulls[geom] ? { triangles: Array.from(hulls[geom].triangles) } : {}),
  }));
  const id = scene.id("camera", camera);
  const position = Array.from(scene.data("cam_xpos").subarray(3 * id, 3 * id + 3));
  const frame = scene.data("cam_xmat").subarray(9 * id, 9 * id + 9);
  const fieldOfView = scene.model("cam_fovy")[id]!;
  // A camera looks along its −z.
  const forward = Float64Array.of(-frame[2]!, -frame[5]!, -frame[8]!);
  const light = Array.from(scene.model("light_dir").subarray(0, 3));
  const centre = centreOf(scene, drawn.filter((geom) => KINDS[kinds[geom]!] !== "plane"));
  // Where the camera's axis passes the shapes, to turn about.
  const distance = forward.reduce((sum, f, axis) => sum + f * (centre[axis]! - position[axis]!), 0);
  return {
    dimensions: 3,
    shapes,
    camera: {
      position,
      target: position.map((x, axis) => x + distance * forward[axis]!),
      fieldOfView,
      ...(follows === undefined ? {} : { follows: drawn.indexOf(scene.id("geom", follows)) }),
    },
    light: light.map((component) => -component / Math.hypot(...light)),
  };
}

/**
 * Returns the current poses of the geoms of {@linkcode drawMujoco}.
 *
 * @returns `[shapes, 12]`
 */
export function mujocoPoses(scene: MujocoScene): Float64Array {
  const drawn = drawnGeoms(scene);
  const positions = scene.data("geom_xpos"), rotations = scene.data("geom_xmat");
  const poses = new Float64Array(12 * drawn.length);
  drawn.forEach((geom, i) => {
    poses.set(positions.subarray(3 * geom, 3 * geom + 3), 12 * i);
    poses.set(rotations.subarray(9 * geom, 9 * geom + 9), 12 * i + 3);
  });
  return poses;
}

/** `[3]` mean of the positions of geoms. */
function centreOf(scene: MujocoScene, geoms: readonly number[]): readonly number[] {
  const positions = scene.data("geom_xpos");
  return [0, 1, 2].map((axis) =>
    geoms.reduce((sum, geom) => sum + positions[3 * geom + axis]!, 0) / geoms.length
  );
}

/** Geoms in the order of the shapes of {@linkcode drawMujoco}. */
export function drawnGeoms(scene: MujocoScene): readonly number[] {
  const kinds = scene.model("geom_type");
  return Array.from({ length: scene.geoms }, (_, geom) => geom)
    .filter((geom) => kinds[geom]! in KINDS && colourOf(scene, geom)[3] > 0);
}

/** The material's where a geom has one. */
function colourOf(scene: MujocoScene, geom: number): Colour {
  const material = scene.model("geom_matid")[geom]!;
  const rgba = material < 0
    ? scene.model("geom_rgba").subarray(4 * geom)
    : scene.model("mat_rgba").subarray(4 * material);
  return [rgba[0]!, rgba[1]!, rgba[2]!, rgba[3]!];
}
