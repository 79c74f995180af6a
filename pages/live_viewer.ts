/// <reference lib="dom" />
import type { Drawing } from "../sim/world/drawing.ts";
import type { PreviewState } from "../view/preview_messages.ts";
import { PlanarViewer } from "./planar_viewer.ts";
import type { MoveShape } from "./shape_drag.ts";
import { SpatialViewer } from "./spatial_viewer.ts";
import { explainView } from "./viewer.ts";

/** Part of a state that a viewer shows. */
type Seen = Pick<PreviewState, "draggableBodies" | "action">;

/** Viewer of a live world, some of whose shapes a person can drag. */
export interface LiveViewer {
  /** Draws other shapes from now on. */
  redraw(drawing: Drawing, poses: Float32Array): void;
  /** @param poses `[states, shapes, poseSize]` the last state, behind those to come from */
  load(poses: Float32Array, seen: Seen): void;
  /** @param step Within the poses; between two states shapes are between their poses */
  show(step: number): void;
  /** Returns where a person holds what they drag, which would otherwise fall; null for nothing. */
  held(): { readonly name: string; readonly position: readonly number[] } | null;
  controls(): readonly HTMLElement[];
}

/** Puts a viewer of the kind that a drawing needs into a place, or says why there is none. */
export function createLiveViewer(
  place: HTMLElement,
  { drawing, poses, onMove }: {
    readonly drawing: Drawing | null;
    readonly poses: Float32Array;
    /** Null if there is nothing to be moved. */
    readonly onMove: MoveShape | null;
  },
): LiveViewer {
  if (drawing === null) return blind(place, "This environment has no drawing.");
  const content = { poses, targets: [], path: [] };
  if (drawing.dimensions === 2) {
    place.classList.add("planar");
    return planar(new PlanarViewer(place, { ...content, drawing }), onMove);
  }
  try {
    return spatial(new SpatialViewer(place, { ...content, drawing }), onMove);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return blind(place, `This browser cannot show 3D (WebGL): ${reason}`);
  }
}

function spatial(viewer: SpatialViewer, onMove: MoveShape | null): LiveViewer {
  const drag = onMove && viewer.draggable(onMove);
  return {
    redraw(drawing, poses) {
      if (drawing.dimensions === 3) viewer.redraw(drawing, poses); // as every one of a world
    },
    load(poses, { draggableBodies }) {
      viewer.load(poses);
      drag?.update(draggableBodies);
    },
    show: (step) => viewer.show(step),
    held: () => drag?.held ?? null,
    controls: () => viewer.controls(),
  };
}

/** Its shapes stay those of the first drawing, as they do in every planar world. */
function planar(viewer: PlanarViewer, onMove: MoveShape | null): LiveViewer {
  if (onMove !== null) viewer.onDrag(onMove);
  return {
    redraw() {},
    load(poses, { draggableBodies, action }) {
      const handles = draggableBodies.map(({ name, position: [x = 0, y = 0] }) => ({
        name,
        at: [x, y] as const,
      }));
      viewer.update({ poses, handles, targets: [action] });
    },
    show: (step) => viewer.show(step),
    held: () => null,
    controls: () => viewer.controls(),
  };
}

function blind(place: HTMLElement, text: string): LiveViewer {
  explainView(place, text);
  return { redraw() {}, load() {}, show() {}, held: () => null, controls: () => [] };
}
