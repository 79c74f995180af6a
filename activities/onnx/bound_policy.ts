import type { OnnxType } from "../../learn/foreign.ts";
import type { CameraSpec, EnvironmentDefinition } from "../../sim/mod.ts";

/** Spaces of the environment in which a policy acts, its cameras, and worlds that step together. */
export type PolicyEnvironment = Pick<
  EnvironmentDefinition,
  "name" | "observation" | "action" | "cameras" | "worldsTogether"
>;

/** Numbers with which each component is normalised: (value − mean) / std. */
export interface Statistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** An input of a model, and what it is given in an environment. */
export type BoundInput =
  & { readonly name: string; readonly type: OnnxType; readonly shape: readonly number[] }
  & (ObservationSource | CameraSource | StateSource | NoiseSource | LastActionSource);

export interface ObservationSource {
  readonly source: "observation";
  /** Columns of the whole observation. */
  readonly columns: readonly number[];
  readonly offsets: readonly number[];
  /** Statistics of each column. */
  readonly statistics: Statistics;
}

export interface CameraSource {
  readonly source: "camera";
  readonly camera: CameraSpec;
  readonly layout: "CHW" | "HWC";
  readonly offsets: readonly number[];
  readonly scale: number;
  /** Statistics of red, green and blue. */
  readonly statistics: Statistics;
}

export interface StateSource {
  readonly source: "state";
  /** Output that becomes it. */
  readonly output: string;
  readonly initial: number;
}

export interface NoiseSource {
  readonly source: "noise";
}

export interface LastActionSource {
  readonly source: "lastAction";
  /** Columns of the first observation, or numbers, that stand for it at the start of an episode. */
  readonly initial: { readonly columns: readonly number[] } | readonly number[];
  readonly statistics: Statistics;
}

/** A model whose inputs and outputs fit an environment. */
export interface BoundPolicy {
  readonly inputs: readonly BoundInput[];
  /** Numbers of an observation, and of an action. */
  readonly observationSize: number;
  readonly actionSize: number;
  readonly action: {
    readonly output: string;
    readonly horizon: number;
    readonly first: number;
    readonly nActionSteps: number;
    readonly statistics: Statistics;
  };
}
