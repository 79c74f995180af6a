import type { Viewer, ViewerOptions } from "./viewer_options.ts";
/// <reference lib="dom" />
import { element } from "./elements.ts";
import { PlanarViewer } from "./planar_viewer.ts";
import { SpatialViewer } from "./spatial_viewer.ts";

/** Puts a viewer of the kind that a drawing needs into a place, or says why there is none. */
export function createViewer(place: HTMLElement, options: ViewerOptions | null): Viewer {
  if (options === null) {
    return explainView(place, "This environment has no drawing: use its plots and --video.");
  }
  const { drawing } = options;
  if (drawing.dimensions === 2) return new PlanarViewer(place, { ...options, drawing });
  try {
    return new SpatialViewer(place, { ...options, drawing });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return explainView(
      place,
      `This browser cannot show 3D (WebGL): ${reason} Plots and --video still work.`,
    );
  }
}

/** Says in the place of a viewer why there is none. */
export function explainView(place: HTMLElement, text: string): Viewer {
  place.append(element("p", { className: "message muted", textContent: text }));
  return { show() {}, controls: () => [] };
}
