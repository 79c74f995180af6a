/// <reference lib="dom" />
import type { Colour, PlanarDrawing, PlanarShape } from "../sim/drawing.ts";
import { element } from "./elements.ts";
import type { Viewer, ViewerOptions } from "./viewer.ts";

/** Numbers of a pose. */
const POSE = 3;
/** Shares of the canvas around the world, where the axes are. */
const MARGIN = 0.07;
/** Marks along an axis. */
const TICKS = 4;

const PAPER = "#ffffff", INK = "#4a5564", GRID = "#e8ebef";

/** Shapes in a plane on a canvas, with axes; light in every colour scheme, as their colours are. */
export class PlanarViewer implements Viewer {
  readonly #options: ViewerOptions<PlanarDrawing>;
  readonly #canvas = element("canvas", { id: "view" });
  readonly #context: CanvasRenderingContext2D;
  #step = 0;

  constructor(place: HTMLElement, options: ViewerOptions<PlanarDrawing>) {
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

  /** What the colours stand for. */
  controls(): readonly HTMLElement[] {
    const { drawing, path } = this.#options, { shapes, actionColour, pathColour } = drawing;
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
    if (path.length > 0) add("path of the movement", "━", cssColour(pathColour));
    if (actionColour !== undefined) add("where the action drives", "×", cssColour(actionColour));
    return [legend];
  }

  show(step: number): void {
    this.#step = step;
    this.#draw();
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
      drawShape(context, shape, this.#pose(index));
    });
    if (drawing.actionColour !== undefined) this.#drawTarget(drawing.actionColour);
  }

  /** Between the poses of two states. */
  #pose(shape: number): readonly number[] {
    const { poses, drawing } = this.#options, row = POSE * drawing.shapes.length;
    const from = Math.floor(this.#step), share = this.#step - from;
    const at = (state: number) => poses.subarray(state * row + POSE * shape).subarray(0, POSE);
    const before = at(from), after = share === 0 ? before : at(from + 1);
    return Array.from(before, (value, i) => value + share * (after[i]! - value));
  }

  /** The way of a shape: what is behind it strong, what is to come faint. */
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
  context.font = `${size / 36}px system-ui, sans-serif`;
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
  for (const polygon of shape.polygons) {
    polygon.forEach(([x, y], i) => i === 0 ? context.moveTo(x, y) : context.lineTo(x, y));
    context.closePath();
  }
  if (shape.radius !== undefined) context.arc(0, 0, shape.radius, 0, 2 * Math.PI);
  context.fill();
  context.restore();
}

function cssColour([red, green, blue, alpha]: Colour, share = 1): string {
  return `rgba(${255 * red}, ${255 * green}, ${255 * blue}, ${alpha * share})`;
}
