import type { Tensor } from "../../core/episode.ts";
import { STATE_SIZE } from "../../core/quadruped_state.ts";
import { splitHeading } from "../../core/rotation.ts";
import type { OnnxNode } from "../onnx/onnx_graph.ts";

/** Offsets of the trunk's position, rotation and velocity. */
const POSITION = 0, ROTATION = 3, VELOCITY = 6;

/**
 * Takes the world out of a row: position x and y become 0, the rotation becomes the tilt, velocity
 * and waypoints are seen from the trunk's heading. Angular velocity and joints are the robot's own
 * as they are.
 *
 * @param row `[36 + 3 · waypoints]` state, then waypoints from the trunk in the world
 * @param out of the same length, overwritten
 */
export function encodeHeading(row: ArrayLike<number>, out: Float32Array | Float64Array): void {
  const { cos, sin, tiltX, tiltY } = splitHeading(row, ROTATION);
  for (let i = 0; i < out.length; i++) out[i] = row[i]!;
  out[POSITION] = out[POSITION + 1] = 0;
  out[ROTATION] = tiltX;
  out[ROTATION + 1] = tiltY;
  out[ROTATION + 2] = 0;
  for (const at of vectorsIn(out.length)) {
    const x = row[at]!, y = row[at + 1]!;
    out[at] = cos * x + sin * y;
    out[at + 1] = cos * y - sin * x;
  }
}

/** Returns the offsets of the vectors in the world's frame. */
function vectorsIn(size: number): number[] {
  const waypoints = Array.from(
    { length: (size - STATE_SIZE) / 3 },
    (_, i) => STATE_SIZE + 3 * i,
  );
  return [VELOCITY, ...waypoints];
}

/** Starts a graph; nodes in progress are known by the name of their output. */
function startGraph() {
  const initializers: Record<string, Tensor> = {};
  const nodes: OnnxNode[] = [];
  const node = (op: string, output: string, ...inputs: readonly string[]) => {
    nodes.push({ op, inputs, output: `heading/${output}` });
    return `heading/${output}`;
  };
  /** A matrix of zeros but for some entries. Columns of a row are picked, and put, by products. */
  const matrix = (
    name: string,
    shape: readonly [number, number],
    entries: readonly (readonly [row: number, column: number, value: number])[],
  ) => {
    const data = new Float32Array(shape[0] * shape[1]);
    for (const [row, column, value] of entries) data[row * shape[1] + column] = value;
    initializers[`heading/${name}`] = { shape, data };
    return `heading/${name}`;
  };
  return { nodes, initializers, node, matrix };
}

/** Tilt of the trunk, and cosine and sine of its heading, as {@linkcode splitHeading} has them. */
function splitNodes({ node, matrix }: ReturnType<typeof startGraph>, size: number, input: string) {
  const number = (name: string, value: number) => matrix(name, [1, 1], [[0, 0, value]]);
  const component = (name: string, index: number) =>
    node("MatMul", name, input, matrix(`pick_${name}`, [size, 1], [[index, 0, 1]]));
  const tiny = number("tiny", 1e-6), tinySquared = number("tiny_squared", 1e-12);
  const two = number("two", 2);
  const [rx, ry, rz] = [0, 1, 2].map((axis) => component(`r${axis}`, ROTATION + axis));
  const square = (name: string, value: string) => node("Mul", name, value, value);
  const root = (name: string, value: string) =>
    node("Sqrt", name, node("Max", `${name}_bound`, value, tinySquared));
  const length = (name: string, ...values: readonly string[]) => {
    const squares = values.map((value, i) => square(`${name}_${i}`, value));
    return root(name, node("Sum", `${name}_sum`, ...squares));
  };
  const angle = length("angle", rx!, ry!, rz!);
  const halfAngle = node("Div", "half_angle", angle, two);
  const scale = node("Div", "scale", node("Sin", "sine_half", halfAngle), angle);
  const w = node("Cos", "w", halfAngle);
  const [x, y, z] = [rx!, ry!, rz!].map((r, axis) => node("Mul", `q${axis}`, r, scale));
  const twist = node("Max", "twist", length("twist_length", w, z!), tiny);
  const half = node("Div", "half", w, twist), turn = node("Div", "turn", z!, twist);
  const product = (name: string, a: string, b: string) => node("Mul", name, a, b);
  const swingX = node("Add", "swing_x", product("hx", half, x!), product("ty", turn, y!));
  const swingY = node("Sub", "swing_y", product("hy", half, y!), product("tx", turn, x!));
  const sine = length("swing", swingX, swingY);
  const arc = node("Mul", "arc", two, node("Atan", "atan", node("Div", "tangent", sine, twist)));
  const factor = node("Div", "factor", arc, sine);
  const cos = node("Sub", "cos", square("half_squared", half), square("turn_squared", turn));
  const sin = node("Mul", "sin", two, product("half_turn", half, turn));
  return { swingX, swingY, factor, cos, sin };
}

/** Computes the same as {@linkcode encodeHeading}, for a batch of rows in ONNX. */
export function headingNodes(
  size: number,
  input: string,
): {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: Readonly<Record<string, Tensor>>;
  readonly output: string;
} {
  const graph = startGraph(), { nodes, initializers, node, matrix } = graph;
  const { swingX, swingY, factor, cos, sin } = splitNodes(graph, size, input);
  const product = (name: string, a: string, b: string) => node("Mul", name, a, b);
  const vectors = vectorsIn(size);
  const kept = Array.from({ length: size }, (_, i) => i).filter((i) =>
    i !== POSITION && i !== POSITION + 1 && !(i >= ROTATION && i < ROTATION + 3) &&
    !vectors.some((at) => i === at || i === at + 1)
  );
  const straight = vectors.flatMap((at) => [[at, at, 1], [at + 1, at + 1, 1]] as const);
  const crossed = vectors.flatMap((at) => [[at + 1, at, 1], [at, at + 1, -1]] as const);
  const through = (name: string, entries: Parameters<typeof matrix>[2]) =>
    node("MatMul", name, input, matrix(`${name}_map`, [size, size], entries));
  const put = (name: string, value: string, column: number) =>
    node("MatMul", name, value, matrix(`${name}_place`, [1, size], [[0, column, 1]]));
  const output = node(
    "Sum",
    "features",
    through("kept", kept.map((i) => [i, i, 1])),
    product("along", through("straight", straight), cos),
    product("across", through("crossed", crossed), sin),
    put("tilt_x", product("tilt_x_value", swingX, factor), ROTATION),
    put("tilt_y", product("tilt_y_value", swingY, factor), ROTATION + 1),
  );
  return { nodes, initializers, output };
}
