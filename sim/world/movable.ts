/** Something in a world that a person may put elsewhere while it runs: a target, an object. */
export interface Movable {
  readonly name: string;
  /** Where it is now: `[3]` m in space, `[2]` in the plane of a planar drawing. */
  readonly position: readonly number[];
  /** Indices of the shapes of the drawing that are seen to move with it. */
  readonly shapes: readonly number[];
}
