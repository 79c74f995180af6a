/// <reference lib="dom" />
import * as three from "three";
import type { OrbitControls } from "three/addons/controls/OrbitControls.js";
import type { DraggableBody } from "../sim/world/draggable_body.ts";
import { element } from "./elements.ts";

/** Puts something elsewhere. @param position `[3]` m */
export type MoveShape = (name: string, position: readonly number[]) => void;

export interface ShapeDragOptions {
  readonly camera: three.Camera;
  /** Controls of the pointer where it takes hold of nothing. */
  readonly controls: OrbitControls;
  /** Returns the meshes of the current drawing. */
  readonly meshes: () => readonly three.Mesh[];
  readonly onMove: MoveShape;
}

/** Distance from the middle of a small body within which the pointer takes hold of it (px). */
const NEAR = 22;
/** Maximum distance of a drag from where it started, however flat the view is (m). */
const FARTHEST = 3;

const UP = new three.Vector3(0, 0, 1);

/** Shape that is being dragged. */
interface Held {
  readonly name: string;
  /** Offset from the point where the pointer took hold to the position. */
  readonly offset: three.Vector3;
  readonly from: three.Vector3;
  position: three.Vector3;
}

/**
 * Takes hold of shapes by the pointer: across at their height, or up and down with the Shift key.
 */
export class ShapeDrag {
  readonly #canvas: HTMLCanvasElement;
  readonly #options: ShapeDragOptions;
  readonly #caster = new three.Raycaster();
  readonly #marks = new Map<string, HTMLElement>();
  #bodies: readonly DraggableBody[] = [];
  #held: Held | null = null;

  constructor(canvas: HTMLCanvasElement, options: ShapeDragOptions) {
    this.#canvas = canvas;
    this.#options = options;
    // Before the controls of the camera hear of it, which listen to the canvas itself.
    canvas.parentElement!.addEventListener("pointerdown", (event) => this.#take(event), true);
    canvas.addEventListener("pointermove", (event) => this.#drag(event));
    for (const type of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(type, () => this.#drop());
    }
  }

  /** @param bodies What can be dragged, where it is now */
  update(bodies: readonly DraggableBody[]): void {
    this.#bodies = bodies;
  }

  /** Puts a ring around everything that can be dragged, where it is seen now. */
  mark(): void {
    for (const { name, position } of this.#bodies) {
      const { x, y, isBefore } = this.#seen(position), mark = this.#markOf(name);
      mark.hidden = !isBefore;
      mark.style.transform = `translate(${x}px, ${y}px) translate(-50%, -50%)`;
    }
  }

  /** Returns what the pointer holds, and its position; null if it holds nothing. */
  get held(): { readonly name: string; readonly position: readonly number[] } | null {
    return this.#held && { name: this.#held.name, position: this.#held.position.toArray() };
  }

  #take(event: PointerEvent): void {
    if (event.button !== 0 || event.target !== this.#canvas) return;
    const found = this.#find(event);
    if (found === null) return;
    const from = new three.Vector3().fromArray(found.position);
    const at = this.#pointOf(event, from);
    if (at === null) return;
    this.#held = { name: found.name, offset: from.clone().sub(at), from, position: from };
    this.#options.controls.enabled = false;
    this.#canvas.setPointerCapture(event.pointerId);
  }

  #drag(event: PointerEvent): void {
    const held = this.#held;
    if (held === null) {
      this.#canvas.style.cursor = this.#find(event) === null ? "" : "move";
      return;
    }
    const at = this.#pointOf(event, held.position.clone().sub(held.offset));
    if (at === null) return;
    const to = at.add(held.offset);
    if (to.distanceTo(held.from) > FARTHEST) return;
    held.position = to;
    this.#options.onMove(held.name, to.toArray());
  }

  #drop(): void {
    this.#held = null;
    this.#options.controls.enabled = true;
  }

  /** Finds the body under the pointer, or next to it. */
  #find(event: PointerEvent): DraggableBody | null {
    const meshes = this.#options.meshes();
    this.#aim(event);
    const shapes = this.#bodies.flatMap(({ shapes }) => shapes.map((shape) => meshes[shape]!));
    const [hit] = this.#caster.intersectObjects(shapes, false);
    if (hit !== undefined) {
      const shape = meshes.indexOf(hit.object as three.Mesh); // of those that were asked for
      return this.#bodies.find(({ shapes }) => shapes.includes(shape))!;
    }
    const [nearest] = this.#bodies
      .map((body) => {
        const { x, y } = this.#seen(body.position);
        return { body, distance: Math.hypot(x - event.offsetX, y - event.offsetY) };
      })
      .filter(({ distance }) => distance < NEAR)
      .sort((a, b) => a.distance - b.distance);
    return nearest?.body ?? null;
  }

  /** Projects a point to the canvas (px), and says whether it is in front of the camera. */
  #seen(position: readonly number[]) {
    const { clientWidth, clientHeight } = this.#canvas;
    const { x, y, z } = new three.Vector3().fromArray(position).project(this.#options.camera);
    return { x: (x + 1) / 2 * clientWidth, y: (1 - y) / 2 * clientHeight, isBefore: z < 1 };
  }

  #markOf(name: string): HTMLElement {
    const present = this.#marks.get(name);
    if (present !== undefined) return present;
    const mark = element("span", { className: "grip" });
    mark.dataset["name"] = name;
    this.#canvas.after(mark);
    this.#marks.set(name, mark);
    return mark;
  }

  /**
   * Finds the point under the pointer, on the plane or the plumb line through a point; null if
   * there is none.
   */
  #pointOf(event: PointerEvent, through: three.Vector3): three.Vector3 | null {
    this.#aim(event);
    const towards = this.#caster.ray.direction;
    const normal = event.shiftKey ? new three.Vector3(towards.x, towards.y, 0).normalize() : UP;
    const plane = new three.Plane().setFromNormalAndCoplanarPoint(normal, through);
    const hit = this.#caster.ray.intersectPlane(plane, new three.Vector3());
    return hit !== null && event.shiftKey ? through.clone().setZ(hit.z) : hit;
  }

  #aim({ offsetX, offsetY }: PointerEvent): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const x = 2 * offsetX / clientWidth - 1, y = 1 - 2 * offsetY / clientHeight;
    this.#caster.setFromCamera(new three.Vector2(x, y), this.#options.camera);
  }
}
