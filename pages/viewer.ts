/// <reference lib="dom" />
import type { Drawing } from "../sim/world/drawing.ts";
import { element } from "./elements.ts";
import { PlanarViewer } from "./planar_viewer.ts";
import { SpatialViewer } from "./spatial_viewer.ts";

/** The shapes of an episode, seen. */
export interface Viewer {
  /** @param step Steps done; between two states shapes are between their poses */
  show(step: number): void;
  /** Controls of the view, for the row of the player's. */
  controls(): readonly HTMLElement[];
}

/** What is to be seen. */
export interface ViewerOptions<Kind extends Drawing = Drawing> {
  readonly drawing: Kind;
  /** `[states, shapes, poseSize]`. */
  readonly poses: Float32Array;
  /** `[steps][2]` points to which the agent is driven; empty where there are none. */
  readonly targets: readonly (readonly number[])[];
  /** Positions that the policy meant to go through, flat x, y; may be empty. */
  readonly path: readonly number[];
}

/** Puts a viewer of the kind that a drawing needs into a place, or says why there is none. */
export function createViewer(place: HTMLElement, options: ViewerOptions | null): Viewer {
  if (options === null) {
    return explainView(place, "This environment has no drawing: its plots and --video show it.");
  }
  const { drawing } = options;
  if (drawing.dimensions === 2) return new PlanarViewer(place, { ...options, drawing });
  try {
    return new SpatialViewer(place, { ...options, drawing });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return explainView(
      place,
      `This browser shows no 3D (WebGL): ${reason} Plots and --video work.`,
    );
  }
}

/** Says in the place of a viewer why there is none. */
export function explainView(place: HTMLElement, text: string): Viewer {
  place.append(element("p", { className: "message muted", textContent: text }));
  return { show() {}, controls: () => [] };
}
