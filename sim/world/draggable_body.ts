/** Body that a person may move in the preview while the world runs, e.g. a target. */
export interface DraggableBody {
  readonly name: string;
  /** Position now: `[3]` in space, `[2]` in the plane of a planar drawing (m, or px in Push-T). */
  readonly position: readonly number[];
  /** Indices of the shapes of the drawing that move with it. */
  readonly shapes: readonly number[];
}
