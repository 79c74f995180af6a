import { copyData, type EpisodeSchema, rowSize, typedData } from "../../core/episode.ts";
import { findDifferingImage } from "../images/camera_spec.ts";
import type { CameraSpec } from "../images/camera_options.ts";
import type { EnvironmentDefinition } from "../world/environment.ts";
import type { World } from "../world/world.ts";
import type { EpisodeView } from "./episode_view.ts";
import { storedDraw } from "../world/randomization.ts";
import { boundsOf } from "../world/spaces.ts";
import type { Figures } from "./stability_check.ts";

/** Context of every check. */
export interface ValidationContext {
  readonly environment: EnvironmentDefinition;
  readonly schema: EpisodeSchema;
  readonly world: World;
  readonly maxSteps: number;
  readonly cameras: readonly CameraSpec[];
}

/** Description of a fault: the name of the check and its numbers. */
export interface Fault {
  readonly reason: string;
  readonly figures: Figures;
}

type Check = (episode: EpisodeView, context: ValidationContext) => Fault | null;

/** Checks in their order: a later one may rely on what an earlier one has verified. */
export const VALIDATION_CHECKS: readonly Check[] = [
  checkFinite,
  checkLength,
  checkSpaces,
  checkStartState,
  checkFirstImages,
  checkRewards,
  checkConsistency,
];

function checkLength(episode: EpisodeView, { maxSteps }: ValidationContext): Fault | null {
  const terminated = Number(episode.episode("terminated")![0]);
  const truncated = Number(episode.episode("truncated")![0]);
  const steps = episode.length;
  const planned = Number(episode.episode("planned_steps")?.[0] ?? Infinity);
  const most = Math.min(maxSteps, planned);
  const fits = steps >= 1 && steps <= most && terminated + truncated === 1 &&
    (truncated === 0 || steps === most);
  if (fits) return null;
  return { reason: "wrong_length", figures: { steps, maxSteps: most, terminated, truncated } };
}

/** Every field with its rows in an episode: the step fields first. */
function fieldsOf(episode: EpisodeView, { schema }: ValidationContext) {
  return [
    ...schema.step.map((field) => ({ field, data: episode.step(field.name)!.data })),
    ...schema.episode.map((field) => ({ field, data: episode.episode(field.name)! })),
  ];
}

function checkFinite(episode: EpisodeView, context: ValidationContext): Fault | null {
  for (const [index, { field, data }] of fieldsOf(episode, context).entries()) {
    if (!(data instanceof Float32Array || data instanceof Float64Array)) continue;
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at < 0) continue;
    const size = rowSize(field.shape);
    const figures = { field: index, step: Math.floor(at / size), component: at % size };
    return { reason: "not_finite", figures };
  }
  return null;
}

function checkSpaces(episode: EpisodeView, context: ValidationContext): Fault | null {
  for (const [index, { field, data }] of fieldsOf(episode, context).entries()) {
    if (field.low === undefined && field.high === undefined) continue;
    const size = rowSize(field.shape);
    const round = field.dtype === "float32" ? Math.fround : Number;
    const bounds = Array.from({ length: size }, (_, i) => boundsOf(field, i));
    for (let i = 0; i < data.length; i++) {
      const found = Number(data[i]), component = i % size;
      const low = round(bounds[component]![0]), high = round(bounds[component]![1]);
      if (found >= low && found <= high) continue;
      const step = Math.floor(i / size);
      return {
        reason: "outside_space",
        figures: { field: index, step, component, found, low, high },
      };
    }
  }
  return null;
}

/** The world, put into the stored start state, must see the stored first observation. */
function checkStartState(
  episode: EpisodeView,
  { environment, world }: ValidationContext,
): Fault | null {
  world.configure(storedDraw(environment.randomization, episode));
  world.restore(typedData(episode.episode("start_state"), Float64Array));
  const expected = world.observe();
  const found = observationsOf(episode, environment).data;
  const component = expected.findIndex((value, i) => value !== found[i]);
  if (component < 0) return null;
  const figures = { component, expected: expected[component]!, found: found[component]! };
  return { reason: "start_state_differs", figures };
}

/** The cameras, in the start state that {@linkcode checkStartState} restored, must see what is stored. */
function checkFirstImages(
  episode: EpisodeView,
  { schema, world, cameras }: ValidationContext,
): Fault | null {
  const found = findDifferingImage(episode, world, cameras);
  if (found === null) return null;
  const field = schema.step.findIndex(({ name }) => name === found.column);
  return { reason: "picture_differs", figures: { field, pixel: found.pixel } };
}

/** Checks what the environment itself requires of stored episodes. */
function checkConsistency(episode: EpisodeView, { environment }: ValidationContext): Fault | null {
  for (const { reason, find } of environment.consistency ?? []) {
    const figures = find(episode, {});
    if (figures !== null) return { reason, figures };
  }
  return null;
}

/** Rewards differ by at most the rounding of what they are stored as. */
const REWARD_TOLERANCE = 2 ** -20;

/** The rule of the environment, asked again, must give the stored rewards and outcome. */
function checkRewards(episode: EpisodeView, { environment }: ValidationContext): Fault | null {
  const outcomeOf = environment.createOutcomeFunction();
  const observations = observationsOf(episode, environment), { width } = observations;
  const { data, size } = episode.step("action")!, actions = typedData(data, Float32Array);
  const rewards = episode.step("reward")!.data;
  let sum = 0;
  for (let step = 0; step < episode.length; step++) {
    const action = actions.subarray(step * size, (step + 1) * size);
    const next = observations.data.subarray((step + 1) * width, (step + 2) * width);
    const outcome = outcomeOf(next, action);
    const found = Number(rewards[step]);
    sum += found;
    if (!(Math.abs(found - outcome.reward) <= REWARD_TOLERANCE * (1 + Math.abs(outcome.reward)))) {
      return { reason: "reward_differs", figures: { step, expected: outcome.reward, found } };
    }
    const isLast = step === episode.length - 1;
    const terminated = isLast && episode.episode("terminated")![0] === 1;
    if (outcome.terminated !== terminated) {
      const figures = { step, expected: Number(outcome.terminated), found: Number(terminated) };
      return { reason: "outcome_differs", figures };
    }
    const success = episode.episode("success")![0];
    if (isLast && Number(outcome.success) !== success) {
      const figures = { step, expected: Number(outcome.success), found: Number(success) };
      return { reason: "outcome_differs", figures };
    }
  }
  const found = Number(episode.episode("return")![0]);
  if (found === sum) return null;
  return { reason: "outcome_differs", figures: { step: episode.length, expected: sum, found } };
}

/** `[steps + 1, width]` what a policy saw before each step, and what it would after the last. */
function observationsOf(
  episode: EpisodeView,
  { observation }: EnvironmentDefinition,
): { readonly data: Float32Array; readonly width: number } {
  const steps = episode.length;
  const width = observation.reduce((sum, { shape }) => sum + rowSize(shape), 0);
  const data = new Float32Array((steps + 1) * width);
  let offset = 0;
  for (const { name, shape } of observation) {
    const size = rowSize(shape);
    const rows = episode.step(`observation/${name}`)!.data;
    for (let step = 0; step < steps; step++) {
      for (let j = 0; j < size; j++) {
        data[step * width + offset + j] = Number(rows[step * size + j]);
      }
    }
    copyData(data, episode.episode(`final_observation/${name}`)!, steps * width + offset);
    offset += size;
  }
  return { data, width };
}
