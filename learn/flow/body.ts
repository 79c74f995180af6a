import { z } from "zod";
import {
  add,
  affine,
  concatColumns,
  multiply,
  pointwise,
  selectColumns,
  sliceColumns,
  subtract,
} from "../tape/arithmetic.ts";
import type { Tape, Value } from "../tape/tape.ts";

/**
 * Features of a point near a rigid body in the plane: points in the body's frame, and the distance
 * of a disc about each from the body. An MLP learns neither from coordinates.
 */

const shape = {
  /** Boxes of which the body is made, in its frame, in the unit of the positions. */
  boxes: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])).min(1).max(16)
    .describe("Boxes [x low, x high, y low, y high] of the body, in its frame"),
  radius: z.number().min(0).describe("Radius of the disc that touches the body"),
  size: z.number().gt(0).describe("Length that a network sees as 1"),
};

/** Fields of a dataset that are a body and what touches it, and the body's shape. */
export const BODY_FIELDS = z.strictObject({
  point: z.string().describe("Field of the state: centre of the disc, [x, y]"),
  position: z.string().describe("Field of the state: origin of the body, [x, y]"),
  angle: z.string().describe("Field of the state: angle of the body, rad"),
  ...shape,
});

const component = z.strictObject({
  column: z.int().min(0),
  /** Mean of the normalisation. */
  mean: z.number(),
  scale: z.number().gt(0),
});

/** The same of a saved flow: columns of the state, with what brings them back to their unit. */
export const BODY = z.strictObject({
  point: z.tuple([component, component]),
  position: z.tuple([component, component]),
  angle: component,
  ...shape,
});

/** A body that a network reads. */
export type Body = z.output<typeof BODY>;

/** Cosine and sine of the body's angle, `[rows, 1]` each. */
export interface Frame {
  readonly cosine: Value;
  readonly sine: Value;
}

/** Gaps are seen through tanh at two ranges: about a contact, and well before it. */
const GAP_RANGES = [12, 1.5] as const;
/** Smooths a root at 0, in squared sizes. */
const SMOOTHING = 1e-8;

/** The frame of the body in a state. */
export function recordFrame(tape: Tape, { angle }: Body, state: Value): Frame {
  const turned = affine(tape, sliceColumns(tape, state, angle.column, 1), angle.scale, angle.mean);
  return { cosine: pointwise(tape, turned, "cos"), sine: pointwise(tape, turned, "sin") };
}

/** A displacement in the body's frame, normalised alike in both directions, as one of its position. */
export function turnToWorld(
  tape: Tape,
  { position }: Body,
  { cosine, sine }: Frame,
  [along, across]: readonly [Value, Value],
): readonly [x: Value, y: Value] {
  const [x, y] = position, scale = Math.sqrt(x.scale * y.scale);
  const turnedX = subtract(tape, multiply(tape, along, cosine), multiply(tape, across, sine));
  const turnedY = add(tape, multiply(tape, along, sine), multiply(tape, across, cosine));
  return [affine(tape, turnedX, scale / x.scale), affine(tape, turnedY, scale / y.scale)];
}

/**
 * Points in the body's frame, and the gaps about some of them.
 *
 * @param x `[rows, points]`, normalised as the point's component; `y` alike
 * @param contacts Points whose gaps are wanted
 * @returns `[rows, bodyWidth]`
 */
export function recordBody(
  tape: Tape,
  body: Body,
  { cosine, sine }: Frame,
  { state, x, y, contacts }: {
    readonly state: Value;
    readonly x: Value;
    readonly y: Value;
    readonly contacts: readonly number[];
  },
): Value {
  const { point, position, size } = body;
  const way = (axis: 0 | 1, points: Value): Value => {
    const origin = sliceColumns(tape, state, position[axis].column, 1);
    const spread = selectColumns(tape, origin, new Array<number>(points.width).fill(0));
    return subtract(
      tape,
      affine(tape, points, point[axis].scale / size, point[axis].mean / size),
      affine(tape, spread, position[axis].scale / size, position[axis].mean / size),
    );
  };
  const dx = way(0, x), dy = way(1, y);
  const along = add(tape, multiply(tape, dx, cosine), multiply(tape, dy, sine));
  const across = subtract(tape, multiply(tape, dy, cosine), multiply(tape, dx, sine));
  const near = {
    along: selectColumns(tape, along, contacts),
    across: selectColumns(tape, across, contacts),
  };
  const gaps = body.boxes.map((box) => {
    const [left, right, low, high] = box;
    const outside = (value: Value, from: number, to: number): Value =>
      affine(tape, absolute(tape, affine(tape, value, 1, -(from + to) / 2)), 1, -(to - from) / 2);
    return distanceToBox(
      tape,
      outside(near.along, left / size, right / size),
      outside(near.across, low / size, high / size),
    );
  });
  const touch = gaps.flatMap((gap) =>
    GAP_RANGES.map((range) =>
      pointwise(tape, affine(tape, gap, range, -range * body.radius / size), "tanh")
    )
  );
  return concatColumns(tape, [along, across, ...touch]);
}

/** Width of {@linkcode recordBody}. */
export function bodyWidth({ boxes }: Body, points: number, contacts: number): number {
  return 2 * points + boxes.length * GAP_RANGES.length * contacts;
}

/** Signed distance to a box of which a point is `qx` and `qy` outside, negative within. */
function distanceToBox(tape: Tape, qx: Value, qy: Value): Value {
  const positive = (q: Value): Value => affine(tape, add(tape, q, absolute(tape, q)), 0.5);
  const outX = positive(qx), outY = positive(qy);
  const squares = add(tape, multiply(tape, outX, outX), multiply(tape, outY, outY));
  const outside = pointwise(tape, affine(tape, squares, 1, SMOOTHING), "sqrt");
  // The larger of both, where that is negative.
  const larger = affine(
    tape,
    add(tape, add(tape, qx, qy), absolute(tape, subtract(tape, qx, qy))),
    0.5,
  );
  const inside = affine(tape, subtract(tape, larger, absolute(tape, larger)), 0.5);
  return add(tape, outside, inside);
}

/** |x|, smooth at 0. */
function absolute(tape: Tape, x: Value): Value {
  return pointwise(tape, affine(tape, multiply(tape, x, x), 1, SMOOTHING), "sqrt");
}
