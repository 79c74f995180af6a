/// <reference lib="dom" />
import type { Colour, PlanarDrawing, PlanarShape } from "../sim/world/drawing.ts";
import { element } from "./elements.ts";
import type { FuturesAnswer } from "../view/explore_page.ts";
import type { Viewer, ViewerOptions } from "./viewer_options.ts";

/** A point that can be dragged. */
export interface Handle {
  readonly name: string;
  readonly at: readonly [x: number, y: number];
}

/** Content to draw. */
export interface PlanarContent extends ViewerOptions<PlanarDrawing> {
  readonly handles?: readonly Handle[];
  /** Samples of a later state; null for none. */
  readonly futures?: FuturesAnswer | null;
}

/** Numbers of a pose. */
const POSE = 3;
/** Shares of the canvas around the world, where the axes are. */
const MARGIN = 0.07;
/** Marks along an axis. */
const TICKS = 4;

const PAPER = "#ffffff", INK = "#4a5564", GRID = "#e8ebef";
/** Colours of samples, many of which overlap. */
const FUTURE = "rgba(125, 60, 152, 0.3)", FUTURE_AGENT = "rgba(125, 60, 152, 0.65)";
/** Colour of the actual future. */
const ACTUAL = "#1c2430";

/** Shapes in a plane on a canvas, with axes; light in every colour scheme, as their colours are. */
export class PlanarViewer implements Viewer {
  #options: PlanarContent;
  readonly #canvas = element("canvas", { id: "view" });
  readonly #context: CanvasRenderingContext2D;
  #step = 0;

  constructor(place: HTMLElement, options: PlanarContent) {
    this.#options = options;
    this.#context = this.#canvas.getContext("2d")!; // no browser is without
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute(
      "aria-label",
      `From above: ${options.drawing.shapes.map(({ name }) => name).join(", ")}`,
    );
    place.append(this.#canvas);
    new ResizeObserver(() => this.#draw()).observe(place);
  }

  /** Returns the legend of the colours. */
  controls(): readonly HTMLElement[] {
    const { drawing, path, handles, futures } = this.#options,
      { shapes, actionColour, pathColour } = drawing;
    const legend = element("div", { className: "legend shapes" });
    const add = (name: string, mark: string, colour: string) => {
      const entry = element("span"), key = element("b", { textContent: mark });
      key.style.color = colour;
      entry.append(key, ` ${name}`);
      legend.append(entry);
    };
    for (const shape of shapes) {
      add(shape.name, shape.radius === undefined ? "■" : "●", cssColour(shape.colour));
    }
    if (path.length > 0 || handles !== undefined) {
      add("path of the movement", "━", cssColour(pathColour));
    }
    if (futures !== undefined) {
      add("sampled future", "▢", FUTURE_AGENT);
      add("actual future", "▢", ACTUAL);
    }
    if (actionColour !== undefined) add("action target", "×", cssColour(actionColour));
    return [legend];
  }

  show(step: number): void {
    this.#step = step;
    this.#draw();
  }

  /** Draws something else from now on. */
  update(changes: Partial<PlanarContent>): void {
    this.#options = { ...this.#options, ...changes };
    const { poses, drawing } = this.#options;
    this.#step = Math.min(this.#step, poses.length / (POSE * drawing.shapes.length) - 1);
    this.#draw();
  }

  /** Lets a person drag the handle nearest to where the pointer goes down. */
  onDrag(move: (handle: string, to: readonly [x: number, y: number]) => void): void {
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => {
      const [x, y] = this.#toWorld(event), reach = this.#options.drawing.size / 10;
      const near = (this.#options.handles ?? [])
        .map(({ name, at }) => ({ name, distance: Math.hypot(at[0] - x, at[1] - y) }))
        .filter(({ distance }) => distance < reach)
        .sort((a, b) => a.distance - b.distance)[0];
      if (near === undefined) return;
      canvas.setPointerCapture(event.pointerId);
      const drag = (event: PointerEvent) => move(near.name, this.#toWorld(event));
      canvas.addEventListener("pointermove", drag);
      const drop = () => canvas.removeEventListener("pointermove", drag);
      canvas.addEventListener("pointerup", drop, { once: true });
      canvas.addEventListener("pointercancel", drop, { once: true });
    });
  }

  #toWorld({ offsetX, offsetY }: PointerEvent): readonly [x: number, y: number] {
    const { drawing: { size } } = this.#options, { clientWidth } = this.#canvas;
    const toWorld = (offset: number) =>
      Math.round((offset / clientWidth - MARGIN) / (1 - 2 * MARGIN) * size);
    return [toWorld(offsetX), toWorld(offsetY)];
  }

  #draw(): void {
    const { drawing } = this.#options, context = this.#context;
    const side = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    if (this.#canvas.width !== side) this.#canvas.width = this.#canvas.height = side;
    const scale = side * (1 - 2 * MARGIN) / drawing.size;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = PAPER;
    context.fillRect(0, 0, side, side);
    context.setTransform(scale, 0, 0, scale, side * MARGIN, side * MARGIN);
    drawAxes(context, drawing);
    drawing.shapes.forEach((shape, index) => {
      if (index === drawing.trail) {
        this.#drawPath();
        this.#drawTrail();
      }
      drawShape(context, shape, this.#pose(index, this.#step));
    });
    this.#drawFutures();
    this.#drawGoal();
    if (drawing.actionColour !== undefined) this.#drawTarget(drawing.actionColour);
  }

  /** Interpolates between the poses of two states. */
  #pose(shape: number, step: number): readonly number[] {
    const { poses, drawing } = this.#options, row = POSE * drawing.shapes.length;
    const from = Math.floor(step), share = step - from;
    const at = (state: number) => poses.subarray(state * row + POSE * shape).subarray(0, POSE);
    const before = at(from), after = share === 0 ? before : at(from + 1);
    return Array.from(before, (value, i) => value + share * (after[i]! - value));
  }

  /** Draws the path of a shape: the past strong, the future faint. */
  #drawTrail(): void {
    const { poses, drawing } = this.#options, context = this.#context;
    const row = POSE * drawing.shapes.length, states = poses.length / row;
    const now = Math.floor(this.#step);
    const path = (from: number, end: number) => {
      context.beginPath();
      for (let state = from; state < end; state++) {
        const at = state * row + POSE * drawing.trail;
        context.lineTo(poses[at]!, poses[at + 1]!);
      }
      context.stroke();
    };
    context.lineWidth = drawing.size / 200;
    context.lineJoin = context.lineCap = "round";
    context.strokeStyle = cssColour(drawing.shapes[drawing.trail]!.colour, 0.22);
    path(now, states);
    context.strokeStyle = cssColour(drawing.shapes[drawing.trail]!.colour, 0.75);
    path(0, now + 1);
  }

  /** The path that was meant. */
  #drawPath(): void {
    const { path, drawing } = this.#options, context = this.#context;
    context.lineWidth = drawing.size / 170;
    context.lineJoin = context.lineCap = "round";
    context.strokeStyle = cssColour(drawing.pathColour);
    context.beginPath();
    for (let i = 0; i < path.length; i += 2) context.lineTo(path[i]!, path[i + 1]!);
    context.stroke();
  }

  /** Draws the goal of the movement. */
  #drawGoal(): void {
    const { handles = [], drawing } = this.#options, context = this.#context;
    const goal = handles.find(({ name }) => name === "goal");
    if (goal === undefined) return;
    context.strokeStyle = cssColour(drawing.pathColour);
    context.lineWidth = drawing.size / 130;
    context.beginPath();
    context.arc(goal.at[0], goal.at[1], drawing.size / 50, 0, 2 * Math.PI);
    context.stroke();
  }

  /** Samples, blocks as outlines and agents as dots, and the block that came. */
  #drawFutures(): void {
    const { futures, drawing } = this.#options, context = this.#context;
    if (!futures || futures.blocks.length === 0) return;
    const index = drawing.shapes.findIndex(({ name }) => name === "block");
    const outline = ([x = 0, y = 0, angle = 0]: readonly number[]) => {
      context.save();
      context.translate(x, y);
      context.rotate(angle);
      context.beginPath();
      tracePolygons(context, drawing.shapes[index]!);
      context.stroke();
      context.restore();
    };
    context.lineWidth = drawing.size / 500;
    context.strokeStyle = FUTURE;
    for (const pose of futures.blocks) outline(pose);
    context.lineWidth = drawing.size / 200;
    context.strokeStyle = ACTUAL;
    outline(this.#pose(index, futures.at));
    context.fillStyle = FUTURE_AGENT;
    for (const [x = 0, y = 0] of futures.agents) {
      context.beginPath();
      context.arc(x, y, drawing.size / 200, 0, 2 * Math.PI);
      context.fill();
    }
  }

  #drawTarget(colour: Colour): void {
    const { targets, drawing } = this.#options, context = this.#context;
    const target = targets[Math.min(Math.floor(this.#step), targets.length - 1)];
    if (target === undefined) return;
    const [x = 0, y = 0] = target, arm = drawing.size / 60;
    context.strokeStyle = cssColour(colour);
    context.lineWidth = drawing.size / 160;
    context.beginPath();
    context.moveTo(x - arm, y - arm);
    context.lineTo(x + arm, y + arm);
    context.moveTo(x + arm, y - arm);
    context.lineTo(x - arm, y + arm);
    context.stroke();
  }
}

function drawAxes(context: CanvasRenderingContext2D, { size, unit }: PlanarDrawing): void {
  context.strokeStyle = GRID;
  context.fillStyle = INK;
  context.lineWidth = size / 500;
  context.font = `${size / 42}px system-ui, sans-serif`;
  for (let tick = 0; tick <= TICKS; tick++) {
    const at = tick * size / TICKS;
    context.beginPath();
    context.moveTo(at, 0);
    context.lineTo(at, size);
    context.moveTo(0, at);
    context.lineTo(size, at);
    context.stroke();
    context.textAlign = "center";
    context.textBaseline = "top";
    context.fillText(tick === TICKS ? `${at} ${unit}` : String(at), at, size * 1.012);
    context.textAlign = "right";
    context.textBaseline = "middle";
    if (tick > 0) context.fillText(String(at), -size * 0.014, at);
  }
}

function drawShape(
  context: CanvasRenderingContext2D,
  shape: PlanarShape,
  [x = 0, y = 0, angle = 0]: readonly number[],
): void {
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  context.fillStyle = cssColour(shape.colour);
  context.beginPath();
  tracePolygons(context, shape);
  if (shape.radius !== undefined) context.arc(0, 0, shape.radius, 0, 2 * Math.PI);
  context.fill();
  context.restore();
}

function tracePolygons(context: CanvasRenderingContext2D, { polygons }: PlanarShape): void {
  for (const polygon of polygons) {
    polygon.forEach(([x, y], i) => i === 0 ? context.moveTo(x, y) : context.lineTo(x, y));
    context.closePath();
  }
}

function cssColour([red, green, blue, alpha]: Colour, share = 1): string {
  return `rgba(${255 * red}, ${255 * green}, ${255 * blue}, ${alpha * share})`;
}
