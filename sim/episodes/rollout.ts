import { setImmediate } from "node:timers";
import { type EpisodeTable, rowSize } from "../../core/episode.ts";
import type { NoiseKind } from "../../core/noise_kind.ts";
import { createActionNoise } from "../world/action_noise.ts";
import type {
  AsyncPolicyFunction,
  Attempts,
  EnvironmentDefinition,
  Outcome,
  PolicyFunction,
  RandomizationSpec,
  Randomize,
  RowValue,
  World,
  WorldOptions,
} from "../world/environment.ts";
import { cameraRows } from "../images/camera_spec.ts";
import type { CameraSpec } from "../images/camera_options.ts";
import { startEpisode } from "./episode_start.ts";
import { selectRandomization } from "../world/randomization.ts";
import { EpisodeRecorder } from "./recorder.ts";
import { observationSplitter, prefixKeys, toAction } from "../world/spaces.ts";

/** How a rollout stands. */
export interface RolloutProgress {
  /** Candidates done. */
  readonly candidates: number;
  /** Control steps done. */
  readonly steps: number;
  readonly successes: number;
}

export interface RolloutOptions {
  readonly environment: EnvironmentDefinition;
  /** Name of a policy of the environment, or one given from outside. */
  readonly policy: string | PolicyFunction | AsyncPolicyFunction;
  readonly seed: number;
  /** Name of the stage's random numbers. */
  readonly stream: string;
  /** First candidate. */
  readonly first: number;
  /** Number of candidates, at least 1. */
  readonly count: number;
  /** Control steps after which an episode is truncated; the environment's unless given. */
  readonly maxSteps?: number;
  readonly randomize?: Randomize;
  /** Standard deviation of noise on the applied action, default 0. */
  readonly actionNoise?: number;
  /** How that noise moves, default `gaussian`. See `createActionNoise()`. */
  readonly noiseKind?: NoiseKind;
  /** Cameras that record images of every state before a step. */
  readonly cameras?: readonly CameraSpec[] | undefined;
  /** Tries a candidate again with other draws; the last attempt is kept. Once if absent. */
  readonly attempts?: Attempts | undefined;
  readonly world?: WorldOptions;
  /** Stops before the next candidate. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RolloutProgress) => void;
}

const NOTHING: Readonly<Record<string, RowValue>> = {};

/** Steps after which pending events are looked at: some ms of any simulator. */
const TURN_STEPS = 200;

/**
 * Simulates candidates `first` … `first + count − 1`, one episode each.
 *
 * A candidate is a pure function of (seed, stream, candidate) and of the other options: it comes to
 * the same bytes alone, in any batch, and after any other episode.
 *
 * @returns Columns as `environment.schema({ randomize, actionNoise, attempts })` names them
 * @throws {InvalidInputError} If the environment has no such policy or randomization
 * @throws The signal's reason, if it is aborted
 */
export async function rolloutCandidates(options: RolloutOptions): Promise<EpisodeTable> {
  const { environment, first, count, signal, onProgress } = options;
  requireOptions(options);
  const { policy, ...rest } = options;
  const recorder = new EpisodeRecorder(
    environment.schema(typeof policy === "string" ? { ...rest, policy } : rest),
  );
  const selected = selectRandomization(environment.randomization, options.randomize);
  using world = await environment.create(options.world);
  let steps = 0, successes = 0, stepsOfTurn = 0;
  for (let candidate = first; candidate < first + count; candidate++) {
    signal?.throwIfAborted();
    const attempts = options.attempts?.most ?? 1;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const place = { candidate, attempt };
      const episode = await simulate(world, place, { ...options, selected, recorder });
      steps += episode.steps;
      stepsOfTurn += episode.steps;
      if (stepsOfTurn >= TURN_STEPS) {
        // Lets an abort arrive, which comes as a message where this runs on a thread.
        stepsOfTurn = 0;
        await nextTurn();
        signal?.throwIfAborted();
      }
      if (episode[options.attempts?.until ?? "valid"] || attempt + 1 === attempts) {
        if (episode.success) successes++;
        break;
      }
      recorder.dropEpisode();
    }
    onProgress?.({ candidates: candidate - first + 1, steps, successes });
  }
  return recorder.table();
}

/** Name of the random numbers of an attempt; the first has those of the stage itself. */
export function attemptStream(stream: string, attempt: number): string {
  return attempt === 0 ? stream : `${stream}/attempt-${attempt}`;
}

interface EpisodeOptions extends RolloutOptions {
  readonly selected: readonly RandomizationSpec[];
  readonly recorder: EpisodeRecorder;
}

/** One episode among those of a stage. */
interface EpisodePlace {
  readonly candidate: number;
  readonly attempt: number;
}

/** Simulates one attempt of a candidate from its start to its end. */
async function simulate(
  world: World,
  { candidate, attempt }: EpisodePlace,
  options: EpisodeOptions,
) {
  const { environment, selected, recorder } = options;
  const maxSteps = options.maxSteps ?? environment.maxSteps;
  const { actionNoise: deviation = 0, noiseKind: kind = "gaussian" } = options;
  const stream = attemptStream(options.stream, attempt);
  const { random, draw, ...start } = startEpisode(world, candidate, { ...options, stream });
  let { observation } = start;
  const startState = world.snapshot();
  const resetInfo = world.info?.() ?? {};
  const policy = typeof options.policy === "string"
    ? environment.createPolicy(options.policy, world, random("policy"))
    : options.policy;
  if ("begin" in policy) policy.begin?.(random("policy"));
  const plan = "plan" in policy ? policy.plan : undefined;
  const split = observationSplitter(environment.observation, "observation");
  const splitFinal = observationSplitter(environment.observation, "final_observation");
  const infoNames = (environment.info ?? []).map(({ name }) => [name, `info/${name}`] as const);
  const limit = Math.min(maxSteps, plan?.steps ?? Infinity);
  const outcomeOf = environment.createOutcomeFunction();
  const { controlHz } = environment, size = rowSize(environment.action.shape);
  const noise = createActionNoise({ kind, deviation, controlHz, size }, random("noise"));
  let outcome: Outcome = { reward: 0, terminated: false, success: false };
  let steps = 0, sum = 0;
  // A simulation that blew up ends here, so that validation refuses the candidate by name; what a
  // policy would answer to it is nobody's fault.
  while (steps < limit && !outcome.terminated && observation.every(Number.isFinite)) {
    const answer = policy(observation);
    // Awaited only where it must be: a step of a policy of ours needs no turn of the event loop.
    const label = toAction(environment.action, answer instanceof Promise ? await answer : answer);
    const action = deviation > 0
      ? toAction(environment.action, label.map((value, i) => value + noise(i)))
      : label;
    const images = cameraRows(world, options.cameras ?? []);
    const next = world.step(action);
    outcome = outcomeOf(next, action);
    recorder.addStep(
      split(observation),
      images,
      { action, action_label: label, reward: outcome.reward },
      plan?.stateAt(steps) ?? NOTHING,
      splitInfo(infoNames, world.info?.() ?? NOTHING),
    );
    // Of what is stored, so that a reader comes to the same sum.
    sum += Math.fround(outcome.reward);
    observation = next;
    steps++;
  }
  recorder.endEpisode({
    candidate,
    ...(options.attempts === undefined ? {} : { attempt }),
    success: outcome.success,
    return: sum,
    terminated: outcome.terminated,
    truncated: !outcome.terminated,
    start_state: startState,
    ...splitFinal(observation),
    ...Object.fromEntries(selected.map(({ name }) => [`randomization/${name}`, draw[name]!])),
    ...prefixKeys("reset_info/", resetInfo),
    ...(plan === undefined ? {} : {
      planned_steps: plan.steps,
      ...prefixKeys("final_", plan.stateAt(steps)),
      ...plan.episode,
    }),
  });
  const valid = observation.every(Number.isFinite) && plan?.problem === undefined;
  return { steps, valid, success: valid && outcome.success };
}

/** Values under their columns' names, which are made once: this runs at every step. */
function splitInfo(
  names: readonly (readonly [name: string, column: string])[],
  info: Readonly<Record<string, RowValue>>,
): Record<string, RowValue> {
  const values: Record<string, RowValue> = {};
  for (const [name, column] of names) values[column] = info[name]!; // the recorder refuses what is missing
  return values;
}

function requireOptions({ count, maxSteps, actionNoise }: RolloutOptions): void {
  for (const [name, value] of Object.entries({ count, maxSteps })) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw new RangeError(`Cannot simulate: expected ${name} to be an integer ≥ 1, found ${value}`);
  }
  if (actionNoise !== undefined && !(actionNoise >= 0 && Number.isFinite(actionNoise))) {
    throw new RangeError(`Cannot simulate: expected actionNoise ≥ 0, found ${actionNoise}`);
  }
}

/** Resolves after pending events. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
