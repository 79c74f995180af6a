import type { FieldSpec } from "../core/episode.ts";
import { InvalidInputError } from "../core/errors.ts";
import type { RandomGenerator } from "../core/random.ts";
import { suggestName } from "../core/suggest.ts";
import { CHIPMUNK, CHIPMUNK_STATE_SIZE, ChipmunkPushT } from "./chipmunk/push_t.ts";
import type { Drawing } from "./drawing.ts";
import type {
  Engine,
  EnvironmentDefinition,
  EnvironmentOption,
  Judge,
  PictureOptions,
  PolicyFunction,
  Quantity,
  RandomizationDraw,
  World,
  WorldOptions,
} from "./environment.ts";
import { DMP_FIELDS, drawMovement, followMovement, storedPath } from "./push_t_dmp.ts";
import { createPushExpert } from "./push_t_expert.ts";
import { coverageOf } from "./push_t_coverage.ts";
import { createPushTDrawing, type PushTDrawing, type PushTView } from "./push_t_picture.ts";
import { PUSH_T_SHAPES, pushTPoses } from "./push_t_shapes.ts";
import {
  centreOfBlock,
  drawStart,
  GOAL_POSE,
  PHYSICS_TIMESTEP,
  type PushTEngine,
  type PushTState,
  WALL_RADIUS,
  WALLS,
  WORLD_SIZE,
} from "./push_t_scene.ts";
import { RAPIER2D, RAPIER_STATE_SIZE, RapierPushT } from "./rapier_push_t.ts";
import { episodeSchema } from "./schema.ts";
import type { EpisodeView } from "./episode_view.ts";

const CONTROL_HZ = 10;
/** Coverage above which an episode succeeds and is over, and at which the reward is 1. */
const SUCCESS_COVERAGE = 0.95;

/** How the engines differ to this file. */
interface EngineChoice {
  readonly engine: Engine;
  readonly stateSize: number;
  readonly create: () => Promise<PushTEngine>;
}

const ENGINES = {
  rapier2d: {
    engine: RAPIER2D,
    stateSize: RAPIER_STATE_SIZE,
    create: () => RapierPushT.create(),
  },
  chipmunk: {
    engine: CHIPMUNK,
    stateSize: CHIPMUNK_STATE_SIZE,
    create: () => Promise.resolve(new ChipmunkPushT()),
  },
} satisfies Record<string, EngineChoice>;

type EngineName = keyof typeof ENGINES;

/** What a declaration chooses. */
export interface PushTOptions {
  readonly engine: EngineName;
  readonly scaleForcing: boolean;
}

const OPTIONS: readonly EnvironmentOption[] = [
  {
    name: "engine",
    description: "rapier2d, or chipmunk, which computes what gym-pusht computes",
    values: Object.keys(ENGINES),
    default: "rapier2d",
  },
  {
    name: "scaleForcing",
    description: "Whether policy dmp scales its forcing term by goal − start",
    default: false,
  },
];

/** Px by which a block that is squeezed between agent and wall may be beyond the world. */
const BLOCK_SLACK = 256;
/** Px by which the agent may overshoot a target at the edge. */
const AGENT_SLACK = 32;

const OBSERVATION: readonly FieldSpec[] = [
  {
    name: "agent_pos",
    dtype: "float32",
    shape: [2],
    description: "Position of the agent",
    unit: "px",
    components: ["x", "y"],
    low: [-AGENT_SLACK],
    high: [WORLD_SIZE + AGENT_SLACK],
  },
  {
    name: "block_pos",
    dtype: "float32",
    shape: [2],
    description: "Position of the block's origin, the middle of the bar's outer edge",
    unit: "px",
    components: ["x", "y"],
    low: [-BLOCK_SLACK],
    high: [WORLD_SIZE + BLOCK_SLACK],
  },
  {
    name: "block_angle",
    dtype: "float32",
    shape: [1],
    description: "Angle of the block",
    unit: "rad",
    low: [0],
    high: [2 * Math.PI],
  },
];

const ACTION: FieldSpec = {
  name: "action",
  dtype: "float32",
  shape: [2],
  description: "Point to which the agent is driven",
  unit: "px",
  components: ["x", "y"],
  low: [0],
  high: [WORLD_SIZE],
};

/** What gym-pusht calls the info of a step. */
const INFO: readonly FieldSpec[] = [
  info("pos_agent", [2], "Position of the agent", "px"),
  info("vel_agent", [2], "Velocity of the agent", "px/s"),
  info("block_pose", [3], "Block x, y (px) and angle (rad), which counts turns"),
  info("goal_pose", [3], "Goal x, y (px) and angle (rad)"),
  // Gym-pusht divides by a hundred times the physics steps and rounds up: never more than 1.
  info("n_contacts", [], "1 where the block was pushed in the step, else 0"),
  info("coverage", [], "Share of the goal that the block covers"),
  { ...info("is_success", [], "Whether that is above 0.95"), dtype: "bool" },
];

function info(
  name: string,
  shape: readonly number[],
  description: string,
  unit?: string,
): FieldSpec {
  const spec: FieldSpec = { name, dtype: "float64", shape, description };
  return unit === undefined ? spec : { ...spec, unit };
}

const QUANTITIES: readonly Quantity[] = [
  {
    name: "coverage",
    description: "Share of the goal that the block covers; above 0.95 the episode succeeds",
    of: ([, , x, y, angle]) => [coverageOf(x!, y!, angle!)],
  },
  {
    name: "distance to goal",
    description: "From the block's origin to where it is to be",
    unit: "px",
    of: ([, , x, y]) => [Math.hypot(x! - GOAL_POSE[0], y! - GOAL_POSE[1])],
  },
];

/**
 * ## Description
 *
 * A circle pushes a T-shaped block to a goal pose on a table with walls. What gym-pusht's
 * `PushT-v0` does, on one of two engines (option `engine`): `rapier2d` is Rapier in single
 * precision; `chipmunk` computes what gym-pusht computes, to 10⁻⁶ px over 300 steps.
 *
 * ## Action Space
 *
 * `Box(0, 512, (2,), float32)`, 10 a second: the point (x, y) in px to which a PD controller (gains
 * 100 and 20) drives the agent, through ten physics steps.
 *
 * ## Observation Space
 *
 * Dictionary of float32; a policy gets the fields in this order, as one vector of 5:
 *
 * | index | field         | meaning                           | min  | max | unit |
 * |-------|---------------|-----------------------------------|------|-----|------|
 * | 0–1   | `agent_pos`   | agent x, y                        | −32  | 544 | px   |
 * | 2–3   | `block_pos`   | block x, y                        | −256 | 768 | px   |
 * | 4     | `block_angle` | angle of the block, modulo 2π     | 0    | 2π  | rad  |
 *
 * ## Rewards
 *
 * The share of the goal that the block covers, divided by 0.95, at most 1.
 *
 * ## Starting State
 *
 * Agent uniform in {50 … 449}², block in {100 … 399}², its angle in (−π, π); the position is set
 * before the angle, which turns the block about its centre of gravity, then one physics step is
 * made.
 *
 * ## Episode End
 *
 * Terminated, with success, above a coverage of 0.95; truncated after 300 steps.
 *
 * ## Policies
 *
 * `scripted` goes round the block and pushes it towards the goal, without care for its angle.
 * `random` is uniform in the action space. `dmp` follows a random dynamic movement primitive from
 * where the agent starts (goal uniform in the world, duration 1–4 s, stiffness 5–35, weights ± 60)
 * and ends the episode with it; option `scaleForcing` scales its forcing term by goal − start.
 *
 * @see https://github.com/huggingface/gym-pusht, version 0.1.8
 */
export const pushT: EnvironmentDefinition = definePushT({
  engine: "rapier2d",
  scaleForcing: false,
});

/**
 * Push-T whose every episode begins in one state.
 */
export function pushTFrom(start: PushTState, options: PushTOptions): EnvironmentDefinition {
  return definePushT(options, start);
}

function definePushT(options: PushTOptions, start?: PushTState): EnvironmentDefinition {
  const { engine, stateSize, create }: EngineChoice = ENGINES[options.engine];
  const definition: EnvironmentDefinition = {
    name: "push-t",
    description: "A circle pushes a T to a goal pose",
    codeVersion: 1,
    engine,
    controlHz: CONTROL_HZ,
    physicsTimestep: PHYSICS_TIMESTEP,
    maxSteps: 300,
    observation: OBSERVATION,
    action: ACTION,
    stateSize,
    info: INFO,
    quantities: QUANTITIES,
    policies: ["random", "scripted", "dmp"],
    policyFields: { dmp: DMP_FIELDS },
    randomization: [],
    limits: {
      wall_margin: {
        value: 0,
        unit: "px",
        description: "Of the block's centre of gravity beyond a wall's inner face",
      },
    },
    consistency: [{
      reason: "goal_pose_differs",
      description: "The goal is not where it is at the reset and at every step",
      find: findOtherGoal,
    }],
    stability: [{
      reason: "outside_walls",
      description: "The block was squeezed through a wall",
      find: (episode, limits) => findOutside(episode, limits["wall_margin"]!),
    }],
    options: OPTIONS,
    chosen: { ...options },
    // As OPTIONS names and types them.
    withOptions: (chosen) => definePushT(chosen as unknown as PushTOptions),
    schema: (options) => episodeSchema(definition, options),
    create: (options) => createWorld(create, { ...options, start }),
    createPolicy: (name, world, random) => createPolicy(name, world, random, options),
    createJudge: () => judgePushT,
    pathOf: storedPath,
  };
  return definition;
}

async function createWorld(
  create: () => Promise<PushTEngine>,
  { physicsTimestep = PHYSICS_TIMESTEP, start }: WorldOptions & { start: PushTState | undefined },
): Promise<World> {
  if (physicsTimestep !== PHYSICS_TIMESTEP) {
    throw new RangeError(
      `Cannot simulate with a physics timestep of ${physicsTimestep} s: expected ` +
        `${PHYSICS_TIMESTEP}, which Push-T's damping is bound to`,
    );
  }
  return new PushTWorld(await create(), start);
}

/** A world of an engine. Disposes of it. */
class PushTWorld implements World {
  readonly #engine: PushTEngine;
  readonly #start: PushTState | undefined;
  #target: PushTView["target"] = null;
  /** Of the pictures taken last, which are taken one after the other. */
  #drawing: { readonly options: PictureOptions; readonly draw: PushTDrawing } | null = null;

  /** @param start Of every episode; drawn at a reset where absent */
  constructor(engine: PushTEngine, start?: PushTState) {
    this.#engine = engine;
    this.#start = start;
  }

  configure(draw: RandomizationDraw): void {
    for (const name of Object.keys(draw)) {
      throw new InvalidInputError(
        `Cannot vary "${name}" of "push-t": expected nothing: leave it out`,
      );
    }
  }

  reset(random: RandomGenerator): Float32Array {
    this.#engine.reset(this.#start ?? drawStart(random));
    this.#target = null;
    return this.observe();
  }

  step(action: Float32Array): Float32Array {
    const [x, y] = action;
    if (action.length !== 2 || !Number.isFinite(x) || !Number.isFinite(y)) {
      throw new RangeError(
        `Cannot step: expected 2 finite numbers as action, found [${action.join(", ")}]`,
      );
    }
    this.#engine.step(x!, y!);
    this.#target = [x!, y!];
    return this.observe();
  }

  observe(): Float32Array {
    const { pose } = this.#engine, turn = 2 * Math.PI;
    const angle = pose[6]! % turn;
    // Not by Float32Array.of(), which takes as long as a physics step.
    const observation = new Float32Array(5);
    observation[0] = pose[0]!;
    observation[1] = pose[1]!;
    observation[2] = pose[4]!;
    observation[3] = pose[5]!;
    observation[4] = angle < 0 ? angle + turn : angle;
    return observation;
  }

  snapshot(): Float64Array {
    return this.#engine.snapshot();
  }

  restore(state: Float64Array): void {
    const { stateSize } = this.#engine;
    if (state.length !== stateSize) {
      throw new RangeError(
        `Cannot restore a state: expected ${stateSize} numbers, found ${state.length}`,
      );
    }
    this.#engine.restore(state);
    this.#target = null;
  }

  render(options: PictureOptions): Uint8Array {
    const { width, height, path } = this.#drawing?.options ?? {};
    const same = width === options.width && height === options.height && path === options.path;
    if (!same) this.#drawing = { options, draw: createPushTDrawing(options) };
    return this.#drawing!.draw({ pose: this.#engine.pose, target: this.#target });
  }

  drawing(): Drawing {
    return PUSH_T_SHAPES;
  }

  poses(): Float64Array {
    return pushTPoses(this.#engine.pose);
  }

  info() {
    const { pose, touched } = this.#engine;
    const [agentX = 0, agentY = 0, agentVx = 0, agentVy = 0, x = 0, y = 0, angle = 0] = pose;
    const coverage = coverageOf(x, y, angle);
    return {
      pos_agent: [agentX, agentY],
      vel_agent: [agentVx, agentVy],
      block_pose: [x, y, angle],
      goal_pose: GOAL_POSE,
      n_contacts: touched ? 1 : 0,
      coverage,
      is_success: coverage > SUCCESS_COVERAGE,
    };
  }

  [Symbol.dispose](): void {
    this.#engine[Symbol.dispose]();
  }
}

const judgePushT: Judge = (observation) => {
  const coverage = coverageOf(observation[2]!, observation[3]!, observation[4]!);
  const success = coverage > SUCCESS_COVERAGE;
  return {
    reward: Math.min(Math.max(coverage / SUCCESS_COVERAGE, 0), 1),
    terminated: success,
    success,
  };
};

function createPolicy(
  name: string,
  world: World,
  random: RandomGenerator,
  { scaleForcing }: PushTOptions,
): PolicyFunction {
  switch (name) {
    case "random":
      return () => Float32Array.of(random.uniform(0, WORLD_SIZE), random.uniform(0, WORLD_SIZE));
    case "scripted":
      return createPushExpert();
    case "dmp": {
      const [x = 0, y = 0] = world.observe();
      return followMovement(drawMovement([x, y], random), { controlHz: CONTROL_HZ, scaleForcing });
    }
    default:
      throw new InvalidInputError(
        `Cannot create policy "${name}" of "push-t": ${suggestName(name, pushT.policies)}`,
      );
  }
}

/** The first step whose goal is another than this environment's, −1 for the reset. */
function findOtherGoal(episode: EpisodeView) {
  const goals = [
    ...Array.from(episode.episode("reset_info/goal_pose")!, Number),
    ...Array.from(episode.step("info/goal_pose")!.data, Number),
  ];
  const at = goals.findIndex((value, i) => value !== GOAL_POSE[i % 3]);
  if (at < 0) return null;
  const component = at % 3;
  const figures = { component, found: goals[at]!, expected: GOAL_POSE[component]! };
  return { step: Math.floor(at / 3) - 1, ...figures };
}

/** The first state with the block's centre of gravity beyond a wall. */
function findOutside(episode: EpisodeView, margin: number) {
  const low = WALLS[0]![0][0] + WALL_RADIUS - margin;
  const high = WALLS[2]![0][0] - WALL_RADIUS + margin;
  const { data: positions, count } = episode.states("block_pos");
  const { data: angles } = episode.states("block_angle");
  for (let step = 0; step < count; step++) {
    const centre = centreOfBlock(positions[2 * step]!, positions[2 * step + 1]!, angles[step]!);
    for (const found of centre) {
      if (!(found >= low && found <= high)) return { step, found, low, high };
    }
  }
  return null;
}
