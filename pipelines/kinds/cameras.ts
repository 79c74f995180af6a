import { z } from "zod";
import { suggestName } from "../../core/suggest.ts";
import type { EnvironmentFacts } from "../compile/context.ts";
import type { Finding } from "../findings.ts";

/** Cameras of a generate stage: what may be declared of them, and what they cost. */

/** A camera whose images a generate stage records before every step. */
export interface CameraDeclaration {
  /**
   * Begins the names of its columns, `front_image`; without, they are `image`, `depth` and so on. a-z,
   * 0-9 and _, at most 31 characters.
   */
  readonly name?: string;
  /** A camera of the environment; if absent, that of its images, or `position` and `target`. */
  readonly view?: string;
  /** Position of the camera: x, y, z (m). */
  readonly position?: readonly [x: number, y: number, z: number];
  /** Point that the camera looks at: x, y, z (m). */
  readonly target?: readonly [x: number, y: number, z: number];
  /** Vertical field of view in [5, 150] (degrees); 45 if absent and a position is given. */
  readonly fieldOfView?: number;
  /**
   * Width in [8, 2048] (pixels).
   *
   * @default {128}
   */
  readonly width?: number;
  /**
   * Height in [8, 2048] (pixels).
   *
   * @default {128}
   */
  readonly height?: number;
  /**
   * Whether `[height, width, 3]` u8 is recorded: red, green, blue.
   *
   * @default {true}
   */
  readonly image?: boolean;
  /**
   * Whether `[height, width]` f32 is recorded: the distance along the axis (m).
   *
   * @default {false}
   */
  readonly depth?: boolean;
  /**
   * Whether `[height, width]` u8 is recorded: the index of the geom plus 1.
   *
   * @default {false}
   */
  readonly segmentation?: boolean;
  /**
   * Whether shapes cast shadows in its images.
   *
   * @default {true}
   */
  readonly shadows?: boolean;
}

const point = z.tuple([z.number(), z.number(), z.number()]);

/** Pixels of an image in either direction, at least and at most. */
export const LEAST_PIXELS = 8, MOST_PIXELS = 2048;

const pixels = z.int().min(LEAST_PIXELS).max(MOST_PIXELS).default(128);

const camera = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,30}$/, {
    error: "expected a name of a-z, 0-9 and _ that begins with a letter, at most 31 characters",
  }).describe("Prefix of the camera's columns, e.g. front_image (default none: image, depth ...)")
    .optional(),
  view: z.string().min(1).max(63).describe(
    "Camera of the environment (default its main camera, unless position and target are " +
      "set)",
  ).optional(),
  position: point.describe("Camera position x, y, z (m)").optional(),
  target: point.describe("Point that the camera looks at, x, y, z (m)").optional(),
  fieldOfView: z.number().min(5).max(150).describe(
    "Vertical field of view (degrees; 45 with a position)",
  )
    .optional(),
  width: pixels.describe("Pixels"),
  height: pixels.describe("Pixels"),
  image: z.boolean().default(true).describe("Record RGB images, uint8 [height, width, 3]"),
  depth: z.boolean().default(false).describe(
    "Record depth along the optical axis, float32 [height, width] (m)",
  ),
  segmentation: z.boolean().default(false).describe(
    "Record segmentation, uint8 [height, width]: geom index plus 1",
  ),
  shadows: z.boolean().default(true).describe("Render shadows"),
});

/** Schema of a camera whose images are not recorded; its size may follow from elsewhere. */
export const VIEWPOINT = camera
  .pick({ view: true, position: true, target: true, fieldOfView: true, shadows: true })
  .extend({ width: pixels.unwrap().optional(), height: pixels.unwrap().optional() });

/** Schema of the cameras in a declaration. */
export const CAMERAS = z.array(camera).min(1).max(16).describe(
  "Cameras whose images are recorded before every step",
);

type Camera = z.output<typeof camera>;
type ImageKinds = Pick<Camera, "width" | "height" | "image" | "depth" | "segmentation">;

/** Bytes of what some cameras record in one step, uncompressed. */
export function imageBytes(cameras: readonly ImageKinds[]): number {
  return cameras.reduce(
    (sum, { width, height, image, depth, segmentation }) =>
      sum + width * height * ((image ? 3 : 0) + (depth ? 4 : 0) + (segmentation ? 1 : 0)),
    0,
  );
}

/** Episodes of a shard without cameras, and bytes of images that one has at most. */
const SHARD = 32, SHARD_BYTES = 64e6;

/** Episodes of a shard where none are declared: a thread holds one whole. */
export function shardWithCameras(cameras: readonly ImageKinds[], maxSteps: number): number {
  const bytes = maxSteps * imageBytes(cameras);
  return Math.max(1, Math.min(SHARD, Math.floor(SHARD_BYTES / Math.max(1, bytes))));
}

/** Checks the cameras of a stage beyond types and ranges. */
export function checkCameras(
  path: Finding["path"],
  cameras: readonly Camera[],
  { views, isSpatial }: Pick<EnvironmentFacts, "views" | "isSpatial">,
): readonly Finding[] {
  return cameras.flatMap((camera, index) => {
    const { name, view, position, target, image, depth, segmentation } = camera;
    const place = [...path, String(index)];
    const found: Finding[] = [];
    const fault = (check: Finding["check"], problem: string, remedy: string, at = place) =>
      found.push({ check, path: at, problem, remedy });
    if (cameras.findIndex((other) => other.name === name) !== index) {
      const problem = name === undefined
        ? "a second camera has no name"
        : `there are two cameras "${name}"`;
      fault("wrong-value", problem, "give each its own name");
    }
    if (!image && !depth && !segmentation) {
      fault("wrong-value", "it records nothing", "set image, depth or segmentation to true");
    }
    if ((position === undefined) !== (target === undefined)) {
      fault("wrong-value", "expected position and target, found one of them", "add the other");
    }
    if (position !== undefined && target !== undefined && position.join() === target.join()) {
      fault("wrong-value", "its position equals its target", "move one of them");
    }
    if (position !== undefined && view !== undefined) {
      fault("wrong-value", "expected view or position, found both", "remove one");
    }
    if (!isSpatial && (position !== undefined || depth || segmentation)) {
      const problem = "the environment is flat: it has one view, and images only";
      fault("wrong-value", problem, "leave out position, depth and segmentation");
    }
    if (view !== undefined && !views.includes(view)) {
      const problem = `there is no view "${view}"`;
      fault("unknown-option", problem, suggestName(view, views), [...place, "view"]);
    }
    return found;
  });
}
