import { frameTowards } from "../../images/camera_spec.ts";
import type { CameraSensor, GymConfig } from "../config/gym_config_types.ts";

/** Parent of a camera that is not mounted on anything. */
export const WORLD = "";

/** Vertical field of view of a camera that gives none (degrees). */
const FIELD_OF_VIEW = 45;

/** The sensors of a config that record images. */
function camerasIn({ sensor }: GymConfig): readonly CameraSensor[] {
  return sensor.filter((sensor) =>
    sensor.sensor_type === "Camera" || sensor.sensor_type === "StereoCamera"
  );
}

/** Point as stages declare it (m). */
type Point = readonly [x: number, y: number, z: number];

/** One eye: of a camera itself, of a pair one of two. */
interface Eye {
  readonly name: string;
  readonly sensor: CameraSensor;
  readonly position: Point;
  readonly target: Point;
}

function eyesOf(sensor: CameraSensor): readonly Eye[] {
  const { uid, extrinsics: { eye, target } } = sensor;
  if (sensor.sensor_type === "Camera") return [{ name: uid, sensor, position: eye, target }];
  const frame = frameOf(sensor), [dx, dy, dz] = sensor.left_to_right_pos;
  // Along the image: to the right, down and forward, as cameras are calibrated.
  const shift = [0, 1, 2].map((axis) =>
    (frame[3 * axis]! * dx - frame[3 * axis + 1]! * dy - frame[3 * axis + 2]! * dz) / 2
  );
  return (["left", "right"] as const).map((side) => {
    const moved = ([x, y, z]: Point): Point => {
      const sign = side === "left" ? -1 : 1;
      return [x + sign * shift[0]!, y + sign * shift[1]!, z + sign * shift[2]!];
    };
    return { name: `${uid}_${side}`, sensor, position: moved(eye), target: moved(target) };
  });
}

/** Whether it is a camera of the scene itself: those that move, and those with an up of their own. */
function isMounted({ extrinsics: { parent, up } }: CameraSensor): boolean {
  return parent !== undefined || up !== undefined;
}

function frameOf({ extrinsics: { eye, target, up } }: CameraSensor): Float64Array {
  return frameTowards(eye, target, up);
}

function fieldOfViewOf({ fov, intrinsics, height }: CameraSensor): number {
  if (intrinsics === undefined) return fov ?? FIELD_OF_VIEW;
  return 2 * Math.atan(height / 2 / intrinsics[1]) * 180 / Math.PI;
}

/** Returns the names of the cameras that a config adds to its scene. */
export function mountedViews(config: GymConfig): readonly string[] {
  return camerasIn(config).filter(isMounted).flatMap(eyesOf).map(({ name }) => name);
}

/** MJCF of the cameras on each body of a config; of the world those of {@linkcode WORLD}. */
export function cameraElements(config: GymConfig): (body: string) => string {
  const mounted = camerasIn(config).filter(isMounted).flatMap(eyesOf);
  return (body) =>
    mounted.filter(({ sensor }) => (sensor.extrinsics.parent ?? WORLD) === body)
      .map(({ name, sensor, position }) => {
        const frame = frameOf(sensor);
        const axes = [0, 1].flatMap((column) => [0, 1, 2].map((row) => frame[3 * row + column]));
        return `<camera name="${name}" pos="${position.join(" ")}" xyaxes="${axes.join(" ")}" ` +
          `fovy="${fieldOfViewOf(sensor)}"/>`;
      }).join("");
}

/** The cameras of a gym config as a generate stage declares them. */
export function declaredCameras(config: GymConfig) {
  return camerasIn(config).flatMap((sensor) =>
    eyesOf(sensor).map(({ name, position, target }) => ({
      name,
      width: sensor.width,
      height: sensor.height,
      ...(isMounted(sensor)
        ? { view: name }
        : { position, target, fieldOfView: fieldOfViewOf(sensor) }),
      image: sensor.enable_color,
      depth: sensor.enable_depth,
      segmentation: sensor.enable_mask,
    }))
  );
}
