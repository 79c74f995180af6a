/** `[3]` m in the world. */
export type Point = readonly [x: number, y: number, z: number];

/**
 * Camera that a declaration adds: its images are stored in addition to the policy's observations.
 */
export interface CameraSpec {
  /** Begins the names of its columns: `front_image`; without, they are `image`, `depth` ... */
  readonly name?: string | undefined;
  /** A camera of the environment; if absent too, the one of its images. */
  readonly view?: string | undefined;
  /**
   * Position of the camera, which replaces a camera of the environment, and the point that it looks
   * at.
   */
  readonly position?: Point | undefined;
  readonly target?: Point | undefined;
  /** Vertical, in degrees; of a camera of the environment, its own if absent. */
  readonly fieldOfView?: number | undefined;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly image: boolean;
  readonly depth: boolean;
  readonly segmentation: boolean;
  readonly shadows: boolean;
}
