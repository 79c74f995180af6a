import type { RandomGenerator } from "../../core/random.ts";
import { COMMAND_SECONDS, type CommandSequence, velocityOf } from "./commands.ts";

/** Points a second of a reference; between them it is straight. */
const REFERENCE_HZ = 50;

/** Kinds of references for a robot; the simulator's state stores the index in this list. */
export const PATH_KINDS = [
  "commands",
  "straight",
  "circle",
  "figure8",
  "zigzag",
  "zigzag_source",
  "wander",
] as const;

export type PathKind = typeof PATH_KINDS[number];

/** Numbers that a kind of path has at most. */
export const PATH_PARAMETERS = 7;

/** A path or a sequence of commands, where it begins and how it is turned. */
export interface PathSpec {
  readonly kind: PathKind;
  /** Position (m) and heading (rad). */
  readonly origin: readonly [x: number, y: number, heading: number];
  /** See {@linkcode CURVES}. */
  readonly parameters: readonly number[];
  /** Commands of a path of kind `commands`. */
  readonly commands: readonly number[];
}

/** The commands of a path: their time is its first parameter, 0 or none if they were drawn. */
export function sequenceOf({ commands, parameters }: PathSpec): CommandSequence {
  return { commands, seconds: parameters[0] || COMMAND_SECONDS };
}

/** Speed along the test paths (m/s). */
const TEST_SPEED = 0.3;

/** Parameters of the test paths. The source's zigzag goes 0.3 m/s ahead, 0.58 m/s along its way. */
export const TEST_PATHS = {
  circle: [TEST_SPEED, 1],
  figure8: [TEST_SPEED, 1, 0],
  straight: [TEST_SPEED],
  zigzag: [Math.sqrt(TEST_SPEED ** 2 - 0.25 ** 2), 0.25, 4, 0],
  zigzag_source: [TEST_SPEED, 0.5, 4, 0],
} as const satisfies Partial<Record<PathKind, readonly number[]>>;

/** The four paths of an evaluation, in turn. */
export const FOUR_PATHS = ["circle", "figure8", "straight", "zigzag"] as const;

/** A path to train on: four of ten bend at random, two each are circles, eights and zigzags. */
export function drawPath(random: RandomGenerator): Pick<PathSpec, "kind" | "parameters"> {
  const sign = random.integer(2) === 0 ? -1 : 1;
  switch (random.integer(5)) {
    case 0:
      return {
        kind: "circle",
        parameters: [random.uniform(0.15, 0.5), sign * random.uniform(0.5, 2)],
      };
    case 1:
      return {
        kind: "figure8",
        parameters: [
          random.uniform(0.2, 0.45),
          sign * random.uniform(0.6, 1.4),
          random.uniform(0, 2 * Math.PI),
        ],
      };
    case 2: {
      const period = random.uniform(3, 6), sideways = random.uniform(0.1, 0.5);
      return {
        kind: "zigzag",
        parameters: [
          random.uniform(0.1, 0.4),
          sideways * period / 4,
          period,
          random.uniform(0, period),
        ],
      };
    }
    default:
      return {
        kind: "wander",
        parameters: [
          random.uniform(0.1, 0.5),
          random.uniform(0, 1.2),
          random.uniform(0.2, 0.8),
          random.uniform(0, 2 * Math.PI),
          random.uniform(0, 0.4),
          random.uniform(0.8, 2),
          random.uniform(0, 2 * Math.PI),
        ],
      };
  }
}

/** Position at which a robot should be. */
export interface Reference {
  /** `[n · 2]` m, x and y, {@linkcode REFERENCE_HZ} points a second. */
  readonly positions: Float64Array;
  /** Direction in which it begins (rad). */
  readonly heading: number;
}

/** Velocity (m/s) of a local path at a time (s). */
type Curve = (time: number) => readonly [x: number, y: number];

/** Paths by their velocity, so that all go by arc length and have a tangent. */
const CURVES: Readonly<Record<PathKind, (parameters: readonly number[]) => Curve>> = {
  // Replaced by the commands' own.
  commands: () => () => [0, 0],
  /** Speed. */
  straight: ([speed = 0]) => () => [speed, 0],
  /** Speed and radius (m), negative for one to the right. */
  circle: ([speed = 0, radius = 1]) => (time) => {
    const angle = speed * time / radius;
    return [speed * Math.cos(angle), speed * Math.sin(angle)];
  },
  /** Speed, radius r of (r sin u, ½ r sin 2u), and u at the start. */
  figure8: ([speed = 0, radius = 1, start = 0]) => {
    // u moves with the path: by midpoints, in steps short against its bends.
    const rate = (u: number) => speed / Math.hypot(radius * Math.cos(u), radius * Math.cos(2 * u));
    let u = start, at = 0;
    return (time) => {
      const half = (time - at) / 2;
      u += 2 * half * rate(u + half * rate(u));
      at = time;
      const scale = rate(u) * radius;
      return [scale * Math.cos(u), scale * Math.cos(2 * u)];
    };
  },
  /** Speed ahead, amplitude (m), period and time at the start (s) of a triangular wave. */
  zigzag: ([ahead = 0, amplitude = 0, period = 1, start = 0]) => (time) => {
    const part = ((time + start) / period) % 1;
    const sideways = 4 * amplitude / period;
    return [ahead, part < 0.25 || part >= 0.75 ? sideways : -sideways];
  },
  zigzag_source: (parameters) => CURVES.zigzag(parameters),
  /** Speed, and amplitude, frequency and phase (rad, rad/s, rad) of two waves of the heading. */
  wander: ([speed = 0, a1 = 0, w1 = 0, p1 = 0, a2 = 0, w2 = 0, p2 = 0]) => (time) => {
    const heading = a1 * Math.sin(w1 * time + p1) + a2 * Math.sin(w2 * time + p2);
    return [speed * Math.cos(heading), speed * Math.sin(heading)];
  },
};

/** Steps of the integration between two points. */
const SUBSTEPS = 8;

/**
 * Integrates a path or commands.
 *
 * @param seconds How long it must be known
 */
export function traceReference(spec: PathSpec, seconds: number): Reference {
  const [x0, y0, turn] = spec.origin;
  const curve = spec.kind === "commands"
    ? commandCurve(sequenceOf(spec))
    : CURVES[spec.kind](spec.parameters);
  const cos = Math.cos(turn), sin = Math.sin(turn);
  const points = Math.ceil(seconds * REFERENCE_HZ) + 1;
  const positions = new Float64Array(2 * points);
  const dt = 1 / (REFERENCE_HZ * SUBSTEPS);
  let x = 0, y = 0, heading = turn;
  for (let point = 0; point < points; point++) {
    positions[2 * point] = x0 + cos * x - sin * y;
    positions[2 * point + 1] = y0 + sin * x + cos * y;
    for (let step = 0; step < SUBSTEPS; step++) {
      const [vx, vy] = curve((point * SUBSTEPS + step + 0.5) * dt);
      if (point === 0 && step === 0 && spec.kind !== "commands") heading += Math.atan2(vy, vx);
      x += vx * dt;
      y += vy * dt;
    }
  }
  return { positions, heading };
}

/** Computes the path of commands from heading 0; the robot stands when they are over. */
function commandCurve({ commands, seconds }: CommandSequence): Curve {
  const headings = [0];
  for (const command of commands) {
    headings.push(headings.at(-1)! + velocityOf(command)[1] * seconds);
  }
  return (time) => {
    const index = Math.floor(time / seconds);
    const command = commands[index];
    if (command === undefined) return [0, 0];
    const [speed, turn] = velocityOf(command);
    const heading = headings[index]! + turn * (time - index * seconds);
    return [speed * Math.cos(heading), speed * Math.sin(heading)];
  };
}

/**
 * Computes the position of a reference at a time; after its end it stays.
 *
 * @param out `[at + 2]` m, of which two are written
 */
export function referenceAt(
  { positions }: Reference,
  seconds: number,
  out: Float64Array,
  at: number,
): void {
  const last = positions.length / 2 - 1;
  const place = Math.min(last, seconds * REFERENCE_HZ);
  const point = Math.min(last - 1, Math.floor(place)), part = place - point;
  for (let axis = 0; axis < 2; axis++) {
    const from = positions[2 * point + axis]!, to = positions[2 * point + 2 + axis]!;
    out[at + axis] = from + part * (to - from);
  }
}
