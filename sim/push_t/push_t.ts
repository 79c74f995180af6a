import { InvalidInputError } from "../../core/errors.ts";
import type { RandomGenerator } from "../../core/random.ts";
import { suggestName } from "../../core/suggest.ts";
import { CHIPMUNK, CHIPMUNK_STATE_SIZE, ChipmunkPushT } from "./chipmunk/chipmunk_push_t.ts";
import type {
  EnvironmentDefinition,
  EnvironmentOption,
  OutcomeFunction,
  PolicyFunction,
} from "../world/environment.ts";
import type { World } from "../world/world.ts";
import type { Engine } from "../world/engine.ts";
import type { EpisodeView } from "../episodes/episode_view.ts";
import { coverageOf, SUCCESS_COVERAGE } from "./coverage.ts";
import { DMP_FIELDS, drawMovement, followMovement, storedPath } from "./push_t_dmp.ts";
import { createPushExpert } from "./push_t_expert.ts";
import { createPlanner } from "./planner/planner.ts";
import {
  centreOfBlock,
  GOAL_POSE,
  PHYSICS_TIMESTEP,
  type PushTEngine,
  type PushTState,
  WALL_RADIUS,
  WALLS,
  WORLD_SIZE,
} from "./push_t_scene.ts";
import { PUSH_T_METRICS } from "./metrics.ts";
import {
  PUSH_T_ACTION,
  PUSH_T_INFO,
  PUSH_T_OBSERVATION,
  PUSH_T_QUANTITIES,
} from "./push_t_spaces.ts";
import { createPushTWorld, NEARNESS, PushTWorld } from "./push_t_world.ts";
import { RAPIER2D, RAPIER_STATE_SIZE, RapierPushT } from "./rapier_push_t.ts";
import { episodeSchema } from "../world/schema.ts";

const CONTROL_HZ = 10;
/** Differences between the engines, for this file. */
interface EngineChoice {
  readonly engine: Engine;
  readonly stateSize: number;
  readonly worldsTogether: number;
  readonly create: () => Promise<PushTEngine>;
}

const ENGINES = {
  rapier2d: {
    engine: RAPIER2D,
    stateSize: RAPIER_STATE_SIZE,
    // Physics is most of a step: 4 to 32 worlds together took .94 to 1.09 of the time of one by one.
    worldsTogether: 1,
    create: () => RapierPushT.create(),
  },
  chipmunk: {
    engine: CHIPMUNK,
    stateSize: CHIPMUNK_STATE_SIZE,
    // Four rows of a forward pass at each of the four phases of a chunk; 64 and more were slower.
    worldsTogether: 16,
    create: () => Promise.resolve(new ChipmunkPushT()),
  },
} satisfies Record<string, EngineChoice>;

type EngineName = keyof typeof ENGINES;

/** Options in a declaration. */
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
 * made. Randomization `start_nearness` brings the block nearer to the goal before that.
 *
 * ## Episode End
 *
 * Terminated, with success, above a coverage of 0.95; truncated after 300 steps.
 *
 * ## Policies
 *
 * `planner` solves it: it plans pushes with the engine that it is on, one after the other.
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
  const { engine, stateSize, worldsTogether, create }: EngineChoice = ENGINES[options.engine];
  const definition: EnvironmentDefinition = {
    name: "push-t",
    description: "A circle pushes a T to a goal pose",
    codeVersion: 1,
    engine,
    worldsTogether,
    controlHz: CONTROL_HZ,
    physicsTimestep: PHYSICS_TIMESTEP,
    maxSteps: 300,
    observation: PUSH_T_OBSERVATION,
    action: PUSH_T_ACTION,
    stateSize,
    info: PUSH_T_INFO,
    quantities: PUSH_T_QUANTITIES,
    policies: ["random", "scripted", "planner", "dmp"],
    demonstrator: "planner",
    policyFields: { dmp: DMP_FIELDS },
    randomization: [{
      name: NEARNESS,
      description: "Share of the way to the goal that the block is brought before it starts",
      distribution: "uniform",
      shape: [],
      range: [0, 0.9],
      bounds: [0, 1],
      default: false,
    }],
    limits: {
      wall_margin: {
        value: 0,
        unit: "px",
        description: "Maximum distance of the block's centre of gravity beyond a wall's inner face",
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
    metrics: PUSH_T_METRICS,
    options: OPTIONS,
    chosen: { ...options },
    // As OPTIONS names and types them.
    withOptions: (chosen) => definePushT(chosen as unknown as PushTOptions),
    schema: (options) => episodeSchema(definition, options),
    create: (options) => createPushTWorld(create, { ...options, start }),
    createPolicy: (name, world, random) => createPolicy(name, world, random, options),
    createOutcomeFunction: () => pushTOutcome,
    pathOf: storedPath,
  };
  return definition;
}

const pushTOutcome: OutcomeFunction = (observation) => {
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
    case "planner": {
      if (world instanceof PushTWorld) {
        return createPlanner({ snapshot: () => world.snapshot(), model: world.model, random });
      }
      throw new TypeError(`Cannot plan: expected a world of push-t`);
    }
    case "dmp": {
      const [x = 0, y = 0] = world.observe();
      return followMovement(drawMovement([x, y], random), { controlHz: CONTROL_HZ, scaleForcing });
    }
    default:
      throw new InvalidInputError({
        action: `create policy "${name}" of`,
        place: "push-t",
        remedy: suggestName(name, pushT.policies),
      });
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
