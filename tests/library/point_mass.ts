import {
  type EnvironmentDefinition,
  episodeSchema,
  type FieldSpec,
  InvalidInputError,
  type RandomGenerator,
  registerEnvironment,
  type World,
} from "@sluice/sluice";

const HZ = 10, MASS = 1;

/** A scalar in ± a bound. */
function field(name: string, unit: string, bound: number): FieldSpec {
  return {
    name,
    dtype: "float32",
    shape: [],
    description: name,
    unit,
    low: [-bound],
    high: [bound],
  };
}

/** A cart of 1 kg on a line is pushed to a target: one file is all that an environment needs. */
const pointMass: EnvironmentDefinition = {
  name: "point-mass",
  description: "A cart on a line is pushed to a target",
  codeVersion: 1,
  engine: { name: "point-mass", version: "1" },
  controlHz: HZ,
  physicsTimestep: 1 / HZ,
  maxSteps: 100,
  observation: [
    field("position", "m", 120),
    field("velocity", "m/s", 25),
    field("target", "m", 1),
  ],
  action: { ...field("action", "N", 1), shape: [1] },
  stateSize: 3,
  policies: ["random", "scripted"],
  randomization: [{
    name: "mass",
    description: "Of the cart",
    distribution: "uniform",
    shape: [],
    range: [0.8, 1.2],
    bounds: [0.5, 2],
    unit: "kg",
    default: true,
  }],
  limits: {},
  stability: [],
  schema: (options) => episodeSchema(pointMass, options),
  create: () => Promise.resolve(createWorld()),
  createPolicy(name, _world, random) {
    if (name === "random") return () => Float32Array.of(random.uniform(-1, 1));
    // A critically damped spring of 0.5 N/m, whose force stays in ± 1 N.
    if (name === "scripted") return ([x, v, goal]) => Float32Array.of((goal! - x!) / 2 - 1.4 * v!);
    throw new InvalidInputError(`Cannot create policy "${name}" of "point-mass": there is none`);
  },
  createOutcomeFunction: () => ([x, v, goal]) => {
    const distance = Math.abs(goal! - x!), success = distance < 0.05 && Math.abs(v!) < 0.05;
    return { reward: -distance, terminated: success, success };
  },
};

function createWorld(): World {
  let mass = MASS, state = new Float64Array(3); // position, velocity, target
  const observe = () => Float32Array.from(state);
  return {
    configure: (draw) => void (mass = draw["mass"]?.[0] ?? MASS),
    reset(random: RandomGenerator) {
      state = Float64Array.of(random.uniform(-1, 1), 0, random.uniform(-1, 1));
      return observe();
    },
    step(action) {
      if (action.length !== 1 || !Number.isFinite(action[0])) {
        throw new RangeError(`Cannot step: expected one finite number, found [${action}]`);
      }
      state[1]! += Math.min(1, Math.max(-1, action[0]!)) / mass / HZ;
      state[0]! += state[1]! / HZ;
      return observe();
    },
    observe,
    snapshot: () => state.slice(),
    restore(saved) {
      if (saved.length !== 3) throw new RangeError(`Cannot restore a state of ${saved.length}`);
      state = saved.slice();
    },
    // White where the cart is, grey at the target.
    render({ width, height }) {
      const column = (x: number) => Math.round((x + 1) / 2 * (width - 1));
      return Uint8Array.from({ length: width * height * 3 }, (_, i) => {
        const at = Math.floor(i / 3) % width;
        return at === column(state[0]!) ? 255 : at === column(state[2]!) ? 128 : 0;
      });
    },
    [Symbol.dispose]() {},
  };
}

registerEnvironment(pointMass);
