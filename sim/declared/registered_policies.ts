import type { FieldSpec } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { RandomGenerator } from "../../core/random.ts";
import { solveArm } from "../action_bank/arm_kinematics.ts";
import { handRotation } from "../action_bank/plan.ts";
import type { PolicyFunction, World } from "../world/environment.ts";
import type { Vector } from "../world/quaternion.ts";
import type { GymConfig } from "./gym_config.ts";
import { fieldPlaces } from "./observations.ts";
import type { WorldParts } from "./world.ts";

/** A scripted expert that is code: it acts in declared environments in place of an action config. */
export interface ScriptedPolicy {
  /** By which `policy:` of a stage and `--policy` name it. */
  readonly name: string;
  /**
   * The policy of one episode that begins: from an observation to an action, `[m]` each. It acts
   * until the episode is over.
   */
  create(episode: PolicyEpisode): PolicyFunction;
}

/** What a {@linkcode ScriptedPolicy} may know of an episode that begins. */
export interface PolicyEpisode {
  /** The config, with its defaults. */
  readonly config: GymConfig;
  /** The first observation. */
  readonly start: Float32Array;
  /** `[m]` the action that keeps every part where it is. */
  readonly hold: Float32Array;
  /** Generator of the policy's own draws. */
  readonly random: RandomGenerator;
  /**
   * One field of an observation, row-major.
   *
   * @throws {InvalidInputError} If the config adds none of the name
   */
  read(observation: Float32Array, field: string): Float32Array;
  /**
   * Joint angles at which the point between the finger tips of an arm is somewhere.
   *
   * @returns `[7]` rad, null where that is out of reach
   * @throws {InvalidInputError} If the robot has no such arm
   */
  solve(arm: string, grasp: HandPose): Float32Array | null;
}

/** Where a hand is to be, as nodes of `grasp_pose` say it. */
export interface HandPose {
  /** `[3]` m, in the world. */
  readonly position: Vector;
  /** Degrees about z, 0 unless given: straight ahead. */
  readonly approach?: number;
  /** Degrees by which the fingers point down, 90 unless given: straight. */
  readonly pitch?: number;
  /** `[7]` rad where the search begins; as the arm is unless given. */
  readonly from?: ArrayLike<number>;
}

/** Names that every declared environment may have by itself. */
const OWN: readonly string[] = ["random", "scripted"];

const policies = new Map<string, ScriptedPolicy>();

/**
 * Makes a policy known to every declared environment of this process: a module does so that workers
 * load too. `docs/extending.md` shows a whole one.
 *
 * @throws {InvalidInputError} If another policy has the name
 */
export function registerPolicy(policy: ScriptedPolicy): void {
  const present = policies.get(policy.name);
  if (OWN.includes(policy.name) || (present !== undefined && present !== policy)) {
    throw new InvalidInputError(
      `Cannot register policy "${policy.name}": expected a new name, found one that is taken: ` +
        "rename it",
    );
  }
  policies.set(policy.name, policy);
}

/** In order of registration. */
export function registeredPolicies(): readonly string[] {
  return [...policies.keys()];
}

/** What a registered policy is made in. */
export interface RegisteredContext extends WorldParts {
  readonly config: GymConfig;
  readonly fields: readonly FieldSpec[];
  readonly world: World;
  readonly random: RandomGenerator;
}

/** The policy of an episode that begins; null where none of the name is registered. */
export function createRegistered(name: string, context: RegisteredContext): PolicyFunction | null {
  const { config, fields, world, scene, layout, random } = context;
  const act = policies.get(name)?.create({
    config,
    start: world.observe(),
    hold: world.hold!(), // declared worlds have it
    random,
    read: fieldReader(fields),
    solve(part, { position, approach = 0, pitch = 90, from }) {
      const found = layout.parts.find((layout) => layout.part === part && !layout.isGripper);
      if (found === undefined) {
        const arms = layout.parts.filter(({ isGripper }) => !isGripper).map(({ part }) => part);
        throw new InvalidInputError(
          `Cannot solve for "${part}": expected an arm: choose one of ${arms.join(", ")}`,
        );
      }
      const { arm } = found, state = scene.snapshot();
      const seed = from ?? scene.data("qpos").slice(arm.qpos, arm.qpos + 7);
      const angles = solveArm(scene, arm, {
        position,
        rotation: handRotation(approach, pitch),
      }, seed);
      scene.restore(state);
      return angles === null ? null : Float32Array.from(angles);
    },
  });
  // Without what else the function may carry: a plan would need columns that no schema has.
  return act === undefined ? null : (observation) => act(observation);
}

function fieldReader(fields: readonly FieldSpec[]): PolicyEpisode["read"] {
  const places = fieldPlaces(fields);
  return (observation, wanted) => {
    const place = places.get(wanted);
    if (place !== undefined) return observation.subarray(place.at, place.at + place.size);
    throw new InvalidInputError(
      `Cannot read observation "${wanted}": choose one of ${
        [...places.keys()].join(", ")
      }, or add it to env.observations`,
    );
  };
}
