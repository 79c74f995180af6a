import type { FieldSpec } from "../../../core/episode.ts";
import type { RandomGenerator } from "../../../core/random.ts";
import type { MujocoScene } from "../../mujoco/mujoco.ts";
import type { BoundFunctor } from "./functor.ts";
import type { GymConfig } from "../config/gym_config_types.ts";
import type { SceneLayout } from "../layout/layout.ts";

/** Observation functor with typed parameters. */
export interface BoundObservation extends BoundFunctor {
  /** Name of the field that it adds or modifies, unless the config gives another. */
  readonly field: string;
  /** Description of the added field except its name, for a functor that adds one. */
  readonly spec?: (config: GymConfig) => Omit<FieldSpec, "name">;
  /** Reads the added field, for a functor that adds one. */
  readonly read?: (
    scene: MujocoScene,
    layout: SceneLayout,
    config: GymConfig,
  ) => ArrayLike<number>;
  /** Changes a field and its values, for a functor that modifies one. */
  readonly modify?: {
    spec(field: FieldSpec): FieldSpec;
    values(values: ArrayLike<number>, field: FieldSpec): ArrayLike<number>;
  };
}

/** Lowest and highest value of one number of a draw. */
export type Range = readonly [low: number, high: number];

/** Event functor with typed parameters. It has one of `vary`, `act` and `place`. */
export interface BoundEvent extends BoundFunctor {
  /** Varies the model: at startup once, at a reset before the episode, or at every interval. */
  readonly vary?: {
    readonly ranges: readonly Range[];
    readonly unit?: string;
    apply(scene: MujocoScene, layout: SceneLayout, values: readonly number[]): void;
  };
  /** Acts on the bodies for some steps of every interval. */
  readonly act?: {
    readonly ranges: readonly Range[];
    /** @param step Control steps since the interval began */
    apply(scene: MujocoScene, layout: SceneLayout, values: readonly number[], step: number): void;
  };
  /** Draws a part of the start state. */
  place?(scene: MujocoScene, layout: SceneLayout, random: RandomGenerator): void;
}

/** Input of a rule: one step of an episode as it is stored. */
export interface RuleInput {
  /** The field of an observation, by name. */
  field(name: string): Float32Array;
  /** One number of a field, by the names of both. */
  component(field: string, name: string): number;
  readonly action: Float32Array;
  /** Action of the previous step, null at the first step. */
  readonly previousAction: Float32Array | null;
  readonly success: boolean;
}

/** Reward functor with typed parameters: a function of what is stored. */
export interface BoundReward extends BoundFunctor {
  value(input: RuleInput): number;
}

/** Success functor with typed parameters. */
export interface BoundSuccess extends BoundFunctor {
  holds(input: Pick<RuleInput, "field" | "component">): boolean;
}
