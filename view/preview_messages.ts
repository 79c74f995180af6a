import type { FieldSpec } from "../core/episode.ts";
import type {
  DraggableBody,
  Drawing,
  EpisodeEnd,
  ExpertSchedule,
  LiveState,
  Quantity,
} from "../sim/mod.ts";

/** Most numbers of an observation that the page shows of one field. */
export const MAX_SHOWN = 64;

/** Facts about an environment that the page needs. */
export interface PreviewModel {
  readonly controlHz: number;
  readonly maxSteps: number;
  readonly observation: readonly FieldSpec[];
  readonly action: FieldSpec;
  readonly quantities: readonly Omit<Quantity, "of">[];
  readonly policies: readonly string[];
  /** When the expert moves what, null if there is no plan. */
  readonly schedule: ExpertSchedule | null;
}

/** Commands of a person to the environment, one per message. */
export type PreviewCommand =
  | { readonly do: "begin"; readonly candidate: number }
  | { readonly do: "step" }
  | { readonly do: "run" }
  | { readonly do: "pause" }
  /** Multiple of real time. */
  | { readonly do: "speed"; readonly speed: number }
  /** Null for the person. */
  | { readonly do: "control"; readonly policy: string | null }
  | { readonly do: "ask"; readonly component: number; readonly value: number }
  | { readonly do: "move"; readonly name: string; readonly position: readonly number[] };

/** State of the environment. */
export interface PreviewState extends Omit<LiveState, "observation" | "action" | "reward"> {
  readonly observation: readonly number[];
  readonly action: readonly number[];
  readonly reward: number | null;
  readonly isRunning: boolean;
  /** Values in the order of `PreviewModel.quantities`. */
  readonly quantities: readonly (readonly number[])[];
  readonly draggableBodies: readonly DraggableBody[];
  /** `[shapes, poseSize]`, empty if nothing is drawn. */
  readonly poses: readonly number[];
}

/** Messages to the page. */
export type PreviewMessage =
  /**
   * Message that an episode starts: what is varied may look different. The drawing is null if there
   * is none.
   */
  | { readonly kind: "episode"; readonly drawing: Drawing | null; readonly state: PreviewState }
  | { readonly kind: "state"; readonly state: PreviewState }
  | { readonly kind: "refused"; readonly message: string };

/** Descriptions of the ends of an episode. */
export const ENDS: Readonly<Record<EpisodeEnd, string>> = {
  terminated: "over: terminated by the environment",
  truncated: "over: step limit reached",
  planned: "over: plan completed",
  diverged: "over: state is no longer finite",
};
