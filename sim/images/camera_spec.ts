import type { CameraSpec, Point } from "./camera_options.ts";
import type { FieldSpec } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { modelCamera, renderImages } from "./camera.ts";
import type { CameraImages } from "./camera_images.ts";
import type { EnvironmentDefinition } from "../world/environment.ts";
import { hasCameras, type RowValue, type World } from "../world/world.ts";
import type { EpisodeView } from "../episodes/episode_view.ts";
import type { MujocoScene } from "../mujoco/mujoco.ts";
import type { CameraPose } from "./ray_caster.ts";

/** Vertical field of view of a camera that a declaration positions (degrees). */
const FIELD_OF_VIEW = 45;

/** View of an environment whose worlds have only the image of `World.render()`. */
const PLAIN_VIEW = "scene";

/** Names of the cameras of an environment. */
export function viewsOf({ cameras }: Pick<EnvironmentDefinition, "cameras">): readonly string[] {
  return cameras ?? [PLAIN_VIEW];
}

/** The step column of one of the images of a camera. */
function columnOf({ name }: CameraSpec, kind: keyof CameraImages): string {
  return `observation/${name === undefined ? kind : `${name}_${kind}`}`;
}

/** Type of each image, and what its numbers are. */
const IMAGES = {
  image: { dtype: "uint8", channels: [3], description: "Red, green, blue" },
  depth: {
    dtype: "float32",
    channels: [],
    unit: "m",
    description: "Distance along the axis, 0 where there is nothing,",
  },
  segmentation: {
    dtype: "uint8",
    channels: [],
    description: "Index of the geom in the model plus 1, 0 where there is nothing,",
  },
} as const satisfies Record<
  keyof CameraImages,
  Pick<FieldSpec, "dtype" | "description" | "unit"> & { readonly channels: readonly number[] }
>;

const KINDS = ["image", "depth", "segmentation"] as const;

/** The step columns of some cameras, in their order. */
export function cameraFields(cameras: readonly CameraSpec[]): FieldSpec[] {
  return cameras.flatMap((camera) =>
    KINDS.filter((kind) => camera[kind]).map((kind): FieldSpec => {
      const { channels, description, ...rest } = IMAGES[kind];
      return {
        name: columnOf(camera, kind),
        shape: [camera.height, camera.width, ...channels],
        description: `${description} through ${
          camera.name === undefined ? "the camera" : `camera "${camera.name}"`
        } before the step`,
        ...rest,
      };
    })
  );
}

/**
 * Renders the current images of some cameras, by step column.
 *
 * @throws {InvalidInputError} If the world has not what a camera asks for
 */
export function cameraRows(
  world: World,
  cameras: readonly CameraSpec[],
): Readonly<Record<string, RowValue>> {
  const rows: Record<string, RowValue> = {};
  for (const camera of cameras) {
    const images = hasCameras(world) ? world.capture(camera) : plainImage(world, camera);
    for (const kind of KINDS) {
      const image = images[kind];
      if (image !== undefined) rows[columnOf(camera, kind)] = image;
    }
  }
  return rows;
}

/**
 * Renders the current image of a camera.
 *
 * @returns `[height, width, 3]` u8, row-major from the top
 * @throws {InvalidInputError} If the world has not what the camera asks for
 */
export function cameraImage(world: World, camera: CameraSpec): Uint8Array {
  const { image } = hasCameras(world) ? world.capture(camera) : plainImage(world, camera);
  if (image !== undefined) return image;
  throw new TypeError("Cannot read an image: expected a camera with image: true");
}

/** Renders the images of a world that has one view and no depth. */
function plainImage(world: World, camera: CameraSpec): CameraImages {
  const { width, height, position, depth, segmentation, image } = camera;
  if (position !== undefined || depth || segmentation) {
    throw new InvalidInputError({
      action: "take pictures through camera",
      place: camera.name ?? "image",
      expected: `an image of view "${PLAIN_VIEW}", which is all that the environment has`,
      remedy: "leave out position, depth and segmentation",
    });
  }
  return image ? { image: world.render({ width, height }) } : {};
}

/**
 * Renders a declared camera's image of a scene, whose positions must be up to date.
 *
 * @param view The camera of the scene that it is unless it says otherwise
 * @throws {RangeError} If the scene has no camera of the name that it gives
 */
export function captureCamera(scene: MujocoScene, view: string, camera: CameraSpec): CameraImages {
  return renderImages(scene, poseOf(scene, view, camera), camera);
}

function poseOf(scene: MujocoScene, view: string, camera: CameraSpec): CameraPose {
  const { position, target, fieldOfView } = camera;
  if (position === undefined || target === undefined) {
    const own = modelCamera(scene, camera.view ?? view);
    return { ...own, ...(fieldOfView !== undefined && { fieldOfView }) };
  }
  const frame = frameTowards(position, target);
  return { position, frame, fieldOfView: fieldOfView ?? FIELD_OF_VIEW };
}

/**
 * Right, up and backward of a camera that looks from one point at another, as columns.
 *
 * @param up What is up in the image; z if absent, and y for one that looks straight down or up
 */
export function frameTowards(from: Point, to: Point, up?: Point): Float64Array {
  const back = unit([from[0] - to[0], from[1] - to[1], from[2] - to[2]]);
  const vertical: Point = up ?? (Math.abs(back[2]) > 1 - 1e-9 ? [0, 1, 0] : [0, 0, 1]);
  const right = unit(cross(vertical, back));
  const top = cross(back, right);
  return Float64Array.of(...[0, 1, 2].flatMap((axis) => [right[axis]!, top[axis]!, back[axis]!]));
}

function cross(a: Point, b: Point): Point {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function unit([x, y, z]: Point): Point {
  const length = Math.sqrt(x * x + y * y + z * z);
  return [x / length, y / length, z / length];
}

/** The first stored image of an episode that differs from what its cameras see, or null. */
export function findDifferingImage(
  episode: EpisodeView,
  world: World,
  cameras: readonly CameraSpec[],
): { readonly column: string; readonly pixel: number } | null {
  for (const [column, expected] of Object.entries(cameraRows(world, cameras))) {
    const { data } = episode.step(column)!;
    if (typeof expected !== "object") continue; // an image is many numbers
    let pixel = 0;
    while (pixel < expected.length && data[pixel] === expected[pixel]) pixel++;
    if (pixel < expected.length) return { column, pixel };
  }
  return null;
}
