/**
 * Description by which a viewer can draw a world itself, instead of images: shapes, which last as
 * long as an episode, and their poses at every step.
 */

/** Red, green, blue and opacity in [0, 1]. */
export type Colour = readonly [red: number, green: number, blue: number, alpha: number];

/** The shapes of a world. */
export type Drawing = SpatialDrawing | PlanarDrawing;

/** Shapes in space, in m, z up. A pose is a position `[3]` and a rotation matrix `[3, 3]`, row-major. */
export interface SpatialDrawing {
  readonly dimensions: 3;
  readonly shapes: readonly SpatialShape[];
  readonly camera: {
    /** Position of the camera (m). */
    readonly position: readonly number[];
    /** A point in the middle of the image. */
    readonly target: readonly number[];
    /** Vertical, degrees. */
    readonly fieldOfView: number;
    /** Index of a shape that the camera follows; absent if it does not move. */
    readonly follows?: number;
  };
  /** `[3]` unit vector towards the light. */
  readonly light: readonly number[];
}

export interface SpatialShape {
  readonly kind: "plane" | "sphere" | "capsule" | "ellipsoid" | "cylinder" | "box" | "hull";
  /**
   * Sizes as in MuJoCo: half sides of a box or plane (0 for an infinite plane), radii of an
   * ellipsoid, radius of a sphere, radius and half length along z of a capsule or cylinder.
   */
  readonly size: readonly number[];
  readonly colour: Colour;
  /** Corners `[n, 9]` of the faces of a hull, in the frame of the shape, row-major. */
  readonly triangles?: readonly number[];
}

/** Shapes in a plane, x to the right and y down. A pose is x, y and an angle in rad. */
export interface PlanarDrawing {
  readonly dimensions: 2;
  /** Side of the square that is shown, from the origin. */
  readonly size: number;
  readonly unit: string;
  /** Later ones cover earlier ones. */
  readonly shapes: readonly PlanarShape[];
  /** Index of the shape whose trail is drawn. */
  readonly trail: number;
  /** Colour of the point to which an action drives the agent; absent if actions are not points. */
  readonly actionColour?: Colour;
  /** Colour of the path that a policy plans to take. */
  readonly pathColour: Colour;
}

export interface PlanarShape {
  readonly name: string;
  readonly colour: Colour;
  /** Corners of polygons in the frame of the shape. */
  readonly polygons: readonly (readonly (readonly [x: number, y: number])[])[];
  /** A disc about the origin of the shape; absent if it has none. */
  readonly radius?: number;
}

/** Numbers of one shape's pose. */
export function poseSize({ dimensions }: Drawing): number {
  return dimensions === 3 ? 12 : 3;
}
