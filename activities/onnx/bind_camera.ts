import { findingsError } from "../../core/findings.ts";
import { describeValues, type OnnxValueInfo } from "../../learn/foreign.ts";
import { checkCameras, LEAST_PIXELS, MOST_PIXELS } from "../../pipelines/kinds/cameras.ts";
import { type CameraSpec, viewsOf } from "../../sim/mod.ts";
import type { CameraSource, PolicyEnvironment } from "./bound_policy.ts";
import type { CameraInput } from "./description.ts";
import { refuse } from "./refuse.ts";
import { fitShape } from "./shapes.ts";
import { statisticsOf } from "./statistics.ts";

/** Largest byte of an image: floating-point images are in [0, 1] unless a scale is given. */
const LARGEST_BYTE = 255;

/**
 * Fits an input of images to the cameras of an environment.
 *
 * @throws {InvalidInputError} If there is no such camera, or its images do not fit
 */
export function bindCamera(
  info: OnnxValueInfo,
  { camera: given, layout, offsets, scale, mean, std }: CameraInput,
  environment: PolicyEnvironment,
): CameraSource & { readonly shape: readonly number[] } {
  const { name } = info, place = `inputs.${name}`, count = offsets.length;
  const camera = cameraOf(info, { camera: given, layout }, environment);
  const { height, width } = camera;
  const shape = fitShape(
    info,
    layout === "CHW"
      ? [
        [3, height, width].map((size, axis) => axis === 0 ? count * size : size),
        [1, 3 * count, height, width],
        [count, 3, height, width],
        [1, count, 3, height, width],
      ]
      : [
        ...(count === 1 ? [[height, width, 3]] : []),
        [count, height, width, 3],
        [1, count, height, width, 3],
      ],
  );
  if (info.type === "uint8" && [scale, mean, std].some((value) => value !== undefined)) {
    throw refuse(place, {
      expected: "no scale, mean and std, since the model takes bytes",
      found: "some",
      remedy: "omit them",
    });
  }
  return {
    source: "camera",
    camera,
    layout,
    offsets,
    shape,
    scale: scale ?? 1 / LARGEST_BYTE,
    statistics: statisticsOf({ mean, std }, 3, place),
  };
}

/** A camera with the size of its images, which the model's input gives where the description does not. */
function cameraOf(
  info: OnnxValueInfo,
  { camera, layout }: Pick<CameraInput, "camera" | "layout">,
  environment: PolicyEnvironment,
): CameraSpec {
  const { name, shape } = info, place = `inputs.${name}.camera`;
  const sizeAt = (side: "width" | "height", fromEnd: number) => {
    const known = camera[side] ?? shape.at(-fromEnd);
    const found = describeValues([info]);
    if (typeof known !== "number") {
      throw refuse(`${place}.${side}`, {
        expected: "the size of its images, which the model leaves open",
        found,
        remedy: "add width and height",
      });
    }
    if (known >= LEAST_PIXELS && known <= MOST_PIXELS) return known;
    throw refuse(`${place}.${side}`, {
      expected: `images of ${LEAST_PIXELS} to ${MOST_PIXELS} pixels`,
      found,
      remedy: "set layout to the model's, or export a model of such images",
    });
  };
  const spec = {
    ...camera,
    width: sizeAt("width", layout === "CHW" ? 1 : 2),
    height: sizeAt("height", layout === "CHW" ? 2 : 3),
    image: true,
    depth: false,
    segmentation: false,
    shadows: camera.shadows,
  };
  const faults = checkCameras([], [spec], {
    views: viewsOf(environment),
    isSpatial: environment.cameras !== undefined,
  });
  if (faults.length === 0) return spec;
  throw findingsError(
    { what: "camera of the ONNX policy", name: place },
    faults.map((fault) => ({ ...fault, path: fault.path.slice(1) })),
  );
}
