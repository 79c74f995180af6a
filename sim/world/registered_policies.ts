import { type FieldSpec, rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { RandomGenerator } from "../../core/random.ts";
import type { GymConfig } from "../declared/config/gym_config_types.ts";
import type { EnvironmentDefinition, PolicyFunction } from "./environment.ts";
import type { World } from "./world.ts";
import { fieldReader } from "./field_reader.ts";
import type { Vector } from "./quaternion.ts";
import { type WorldModel, worldModel } from "./world_model.ts";

/** Policies that modules register: experts and planners as code, of every environment. */

/** A policy that is code. */
export interface RegisteredPolicy {
  /** The name by which `policy:` of a stage and `--policy` refer to it. */
  readonly name: string;
  /** Names of the environments that it acts in, `declared` for those from files; all if absent. */
  readonly environments?: readonly string[];
  /** Version to raise when it acts differently, default 1; the module's digest counts anyway. */
  readonly codeVersion?: number;
  /**
   * The policy of one episode that begins: from an observation to an action, `[m]` each. It acts
   * until the episode is over. One with memory has `snapshot()` and `restore()`.
   */
  create(episode: PolicyEpisode): PolicyFunction;
}

/** The facts of a new episode that a {@linkcode RegisteredPolicy} gets. */
export interface PolicyEpisode {
  /** Name of the environment. */
  readonly environment: string;
  /** The config of an environment from files, with defaults filled in; null for others. */
  readonly config: GymConfig | null;
  /** The first observation. */
  readonly start: Float32Array;
  /** The hold action at the start, `[m]`: it changes no target. */
  readonly holdAction: Float32Array;
  /** Generator of the policy's own draws. */
  readonly random: RandomGenerator;
  /** The world as a model to plan with: what is tried there changes nothing in the episode. */
  readonly model: WorldModel;
  /**
   * One field of an observation, row-major.
   *
   * @throws {InvalidInputError} If the environment has none of the name
   */
  read(observation: Float32Array, field: string): Float32Array;
  /**
   * Joint angles at which the point between the finger tips of an arm is somewhere.
   *
   * @returns `[7]` rad, null if that is out of reach
   * @throws {InvalidInputError} If the environment is none from files, or its robot has no such arm
   */
  solve(arm: string, grasp: HandPose): Float32Array | null;
}

/** Target pose of a hand, as nodes of `grasp_pose` declare it. */
export interface HandPose {
  /** `[3]` m, in the world. */
  readonly position: Vector;
  /** Direction of approach about z, 0 unless given: straight ahead (degrees). */
  readonly approach?: number;
  /** Angle by which the fingers point down, 90 unless given: straight down (degrees). */
  readonly pitch?: number;
  /** `[7]` rad where the search begins; as the arm is unless given. */
  readonly from?: ArrayLike<number>;
}

/** Names that environments have by themselves, and that of a stored policy in a plan. */
const OWN: readonly string[] = ["random", "scripted", "stored"];

const policies = new Map<string, RegisteredPolicy>();

/**
 * Makes a policy known in this process: a module does so that the command line, workers and their
 * threads load too. `docs/extending.md` shows whole ones.
 *
 * @throws {InvalidInputError} If another policy has the name
 */
export function registerPolicy(policy: RegisteredPolicy): void {
  const present = policies.get(policy.name);
  if (OWN.includes(policy.name) || (present !== undefined && present !== policy)) {
    throw new InvalidInputError({
      action: "register policy",
      place: policy.name,
      expected: "a new name",
      found: "one that is taken",
      remedy: "rename it",
    });
  }
  policies.set(policy.name, policy);
}

/** The registered policies that act in an environment, in order of registration. */
export function registeredPolicies(environment: string): readonly RegisteredPolicy[] {
  return [...policies.values()].filter(({ environments }) =>
    environments?.includes(environment) ?? true
  );
}

/** Context in which a registered policy is made. */
export interface RegisteredContext {
  readonly environment: string;
  /** Numbers of one action. */
  readonly actionSize: number;
  /** Fields of an observation. */
  readonly fields: readonly FieldSpec[];
  readonly world: World;
  readonly random: RandomGenerator;
  readonly config?: GymConfig;
  readonly solve?: PolicyEpisode["solve"];
}

/** The policy of an episode that begins; null if none of the name acts in the environment. */
export function createRegistered(
  name: string,
  { environment, actionSize, fields, world, random, config, solve }: RegisteredContext,
): PolicyFunction | null {
  const policy = registeredPolicies(environment).find((policy) => policy.name === name);
  if (policy === undefined) return null;
  const start = world.observe();
  const act = policy.create({
    environment,
    config: config ?? null,
    start,
    holdAction: world.holdAction?.() ?? new Float32Array(actionSize),
    random,
    model: worldModel(world),
    read: fieldReader(fields),
    solve(arm, grasp) {
      if (solve !== undefined) return solve(arm, grasp);
      throw new InvalidInputError({
        action: `solve for "${arm}" in`,
        place: environment,
        expected: "an environment from files, whose arms are known",
        remedy: "plan with episode.model",
      });
    },
  });
  // Without a plan that the function may carry: it would need columns that no schema has.
  const { snapshot, restore } = act;
  return Object.assign((observation: Float32Array) => act(observation), {
    ...(snapshot === undefined ? {} : { snapshot: () => snapshot.call(act) }),
    ...(restore === undefined
      ? {}
      : { restore: (state: Float64Array) => restore.call(act, state) }),
  });
}

/** An environment with the policies that modules register for it. */
export function withRegistered(environment: EnvironmentDefinition): EnvironmentDefinition {
  const { name, policies: own, observation: fields } = environment;
  const actionSize = rowSize(environment.action.shape);
  const registered = registeredPolicies(name).map(({ name }) => name)
    .filter((policy) => !own.includes(policy));
  if (registered.length === 0) return environment;
  return {
    ...environment,
    policies: [...own, ...registered],
    createPolicy: (policy, world, random) =>
      registered.includes(policy)
        ? createRegistered(policy, { environment: name, actionSize, fields, world, random })!
        : environment.createPolicy(policy, world, random),
  };
}
