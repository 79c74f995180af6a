/// <reference lib="dom" />
import type { Drawing } from "../sim/world/drawing.ts";

/** The shapes of an episode, seen. */
export interface Viewer {
  /** @param step Steps done; between two states shapes are between their poses */
  show(step: number): void;
  /** Controls of the view, for the row of the player's. */
  controls(): readonly HTMLElement[];
}

/** Options of a viewer. */
export interface ViewerOptions<Kind extends Drawing = Drawing> {
  readonly drawing: Kind;
  /** `[states, shapes, poseSize]`. */
  readonly poses: Float32Array;
  /** `[steps][2]` points to which the agent is driven; empty if there are none. */
  readonly targets: readonly (readonly number[])[];
  /** Positions that the policy meant to go through, flat x, y; may be empty. */
  readonly path: readonly number[];
}
