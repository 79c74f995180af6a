import { createRandom } from "../../../core/random.ts";
import type { RandomizationSpec } from "../../world/environment.ts";
import type { RandomizationDraw } from "../../world/world.ts";
import type { MujocoScene } from "../../mujoco/mujoco.ts";
import { EVENTS } from "./events.ts";
import type { BoundEvent, Range } from "./bound_functors.ts";
import type { EventConfig, GymConfig } from "../config/gym_config_types.ts";
import type { SceneLayout } from "../layout/layout.ts";

/** Seeds of interval events are whole numbers below it. */
const SEEDS = 2 ** 32;

/** An event of a config with what its functor makes of it. */
export interface NamedEvent extends EventConfig {
  readonly name: string;
  readonly bound: BoundEvent;
}

/** The events of a checked config, in their order. */
export function eventsOf({ env }: GymConfig): readonly NamedEvent[] {
  return Object.entries(env.events).map(([name, event]) => ({
    ...event,
    name,
    bound: EVENTS[event.func]!.bind(event.params), // checkFunctors() has found it
  }));
}

/** Returns the draw of an event; nothing if it belongs to the initial state, or to no episode. */
export function randomizationOf({ name, func, mode, bound }: NamedEvent): RandomizationSpec[] {
  const { description } = EVENTS[func]!; // checkFunctors() has found it
  const common = { name, distribution: "uniform", default: true } as const;
  if (mode === "interval") {
    const seed = { shape: [], range: [0, SEEDS], bounds: [0, SEEDS] } as const;
    return [{ ...common, ...seed, description: `Seed of: ${description}` }];
  }
  if (mode !== "reset" || bound.vary === undefined) return [];
  const { ranges, unit } = bound.vary;
  const [first] = ranges;
  if (ranges.length === 1 && first !== undefined) {
    const measured = { shape: [], range: first, bounds: first, ...(unit && { unit }) };
    return [{ ...common, ...measured, description }];
  }
  const share = { shape: [ranges.length], range: [0, 1], bounds: [0, 1] } as const;
  return [{ ...common, ...share, description: `Shares of the ranges of: ${description}` }];
}

/** Values of a draw of {@linkcode randomizationOf}. */
function valuesOf(ranges: readonly Range[], draw: ArrayLike<number>): number[] {
  if (ranges.length === 1) return [draw[0]!];
  return ranges.map(([low, high], i) => low + draw[i]! * (high - low));
}

/** Applies what varies once, and what varies from episode to episode. */
export function varyModel(
  scene: MujocoScene,
  layout: SceneLayout,
  { name, mode, bound }: NamedEvent,
  { draw, seed }: { readonly draw: RandomizationDraw; readonly seed: number },
): void {
  const { vary } = bound;
  if (vary === undefined) return;
  if (mode === "startup") {
    const random = createRandom(seed, `startup/${name}`, 0);
    vary.apply(scene, layout, vary.ranges.map(([low, high]) => random.uniform(low, high)));
  } else if (mode === "reset" && draw[name] !== undefined) {
    vary.apply(scene, layout, valuesOf(vary.ranges, draw[name]));
  }
}

/**
 * Applies an interval event: a function of the seed and the step, so that a restored episode
 * continues unchanged.
 */
export function applyInterval(
  scene: MujocoScene,
  layout: SceneLayout,
  { name, interval_step, bound }: NamedEvent,
  { seed, step }: { readonly seed: number; readonly step: number },
): void {
  const interval = Math.floor(step / interval_step);
  const random = createRandom(seed, `interval/${name}`, interval);
  const { ranges } = (bound.vary ?? bound.act)!; // no other functor has this mode
  const values = ranges.map(([low, high]) => random.uniform(low, high));
  bound.vary?.apply(scene, layout, values);
  bound.act?.apply(scene, layout, values, step - interval * interval_step);
}
