import { DECLARED } from "./declared_name.ts";
import type { ActionBank } from "../action_bank/bank.ts";
import type { EnvironmentDefinition, EnvironmentOptions } from "../world/environment.ts";
import { MUJOCO } from "../mujoco/mujoco.ts";
import { episodeSchema } from "../world/schema.ts";
import { mountedViews } from "./scene/cameras.ts";
import { eventsOf, randomizationOf } from "./functors/event_draws.ts";
import type { GymConfig } from "./config/gym_config_types.ts";
import { createOutcomeFunction } from "./functors/outcome.ts";
import { observedFields } from "./functors/observations.ts";
import { createPolicy, PLAN_CHECK, PLAN_VALID, policiesOf } from "./policies.ts";
import { SCENE_CAMERA } from "./scene/scene.ts";
import { actionField, controlHzOf, LIMITS, stabilityOf, stateSizeOf } from "./spaces.ts";
import { createWorld } from "./world.ts";

export { DECLARED };

/** Source of a declared environment. */
export interface DeclaredSource {
  readonly config: GymConfig;
  /** The expert, where there is one. */
  readonly bank: ActionBank | null;
  /** The texts that both come from, which name the environment wherever it is stored. */
  readonly options: EnvironmentOptions;
}

/**
 * The environment that a gym config declares.
 *
 * Actions are targets of the control parts, in their order: 7 joint angles in rad of an arm, the
 * opening of a finger in m of a gripper. Events of mode reset that vary the model are its
 * randomization, one property each; so are interval events, of which the draw is a seed.
 */
export function declaredEnvironment(source: DeclaredSource): EnvironmentDefinition {
  const { config, bank, options } = source;
  const fields = observedFields(config).map(({ spec }) => spec);
  const action = actionField(config);
  const events = eventsOf(config);
  const controlHz = controlHzOf(config);
  const environment: EnvironmentDefinition = {
    name: DECLARED,
    description: `Declared in a file as ${config.id}`,
    codeVersion: 1,
    engine: MUJOCO,
    controlHz,
    physicsTimestep: config.physics_dt,
    maxSteps: config.max_episode_steps,
    observation: fields,
    action,
    stateSize: stateSizeOf(config),
    policies: policiesOf(source),
    ...(bank === null ? {} : {
      policyFields: { scripted: { state: [], episode: [PLAN_VALID] } },
      consistency: [PLAN_CHECK],
    }),
    cameras: [SCENE_CAMERA, ...mountedViews(config)],
    randomization: events.flatMap(randomizationOf),
    chosen: options,
    limits: LIMITS,
    stability: stabilityOf(config),
    schema: (options) => episodeSchema(environment, options),
    create: (options) => createWorld(config, events, options),
    createPolicy: (name, world, random) =>
      createPolicy({ config, bank, fields }, name, { world, random }),
    createOutcomeFunction: () => createOutcomeFunction(config, fields),
  };
  return environment;
}
