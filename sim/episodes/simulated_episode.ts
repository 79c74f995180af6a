import { rowSize } from "../../core/episode.ts";
import { markProgress } from "../../core/progress_mark.ts";
import type { RandomGenerator } from "../../core/random.ts";
import { cameraImage, cameraRows } from "../images/camera_spec.ts";
import { createActionNoise } from "../world/action_noise.ts";
import type {
  Outcome,
  OutcomeFunction,
  PolicyPlan,
  RandomizationSpec,
  ReadImage,
} from "../world/environment.ts";
import type { RandomizationDraw, RowValue, World } from "../world/world.ts";
import { observationSplitter, prefixKeys, toAction } from "../world/spaces.ts";
import { attemptStream, startEpisode } from "./episode_start.ts";
import type { EpisodeRecorder } from "./recorder.ts";
import type { RolloutOptions } from "./rollout_options.ts";
import { createStateLabels, drawRollIn, type StateLabels } from "./state_labels.ts";

/** Options for simulating an episode. */
export interface EpisodeOptions extends Omit<RolloutOptions, "policy"> {
  readonly selected: readonly RandomizationSpec[];
  readonly recorder: EpisodeRecorder;
}

/** One episode among those of a stage. */
export interface EpisodePlace {
  readonly candidate: number;
  readonly attempt: number;
  /** Steps of the learner before the expert takes over; drawn where absent. */
  readonly rollIn?: number;
}

/** Figures of an episode. */
export interface EpisodeFigures {
  readonly steps: number;
  /** Whether it is finite and its plan, where it had one, was worth doing. */
  readonly valid: boolean;
  readonly success: boolean;
}

const NOTHING: Readonly<Record<string, RowValue>> = {};

/**
 * One attempt of a candidate, from its start to its end: whoever holds it asks a policy for the
 * action and steps. It holds the world until it has ended.
 */
export class SimulatedEpisode {
  /** The candidate's random numbers for a purpose, from their beginning at every call. */
  readonly random: (purpose: string) => RandomGenerator;
  /** Renders what a camera sees now. */
  readonly readImage: ReadImage;
  readonly #world: World;
  readonly #place: EpisodePlace;
  readonly #options: EpisodeOptions;
  readonly #draw: RandomizationDraw;
  #startState: Float64Array;
  #resetInfo: Readonly<Record<string, RowValue>>;
  readonly #split: (observation: Float32Array) => Readonly<Record<string, RowValue>>;
  readonly #infoNames: readonly (readonly [name: string, column: string])[];
  #outcomeOf: OutcomeFunction;
  readonly #noise: (index: number) => number;
  #labels: StateLabels | null = null;
  /** Steps of the learner before the expert takes over; null where it does not, or has. */
  #rollIn: number | null = null;
  #plan: PolicyPlan | undefined;
  #limit: number;
  #observation: Float32Array;
  #outcome: Outcome = { reward: 0, terminated: false, success: false };
  #steps = 0;
  #sum = 0;

  /** Puts the world into the state in which the candidate begins. */
  constructor(world: World, place: EpisodePlace, options: EpisodeOptions) {
    const { environment } = options, { controlHz } = environment;
    const stream = attemptStream(options.stream, place.attempt);
    const { random, draw, observation } = startEpisode(world, place.candidate, {
      ...options,
      stream,
    });
    this.random = random;
    this.readImage = (camera) => cameraImage(world, camera);
    this.#world = world;
    this.#place = place;
    this.#options = options;
    this.#draw = draw;
    this.#observation = observation;
    this.#startState = world.snapshot();
    this.#resetInfo = world.info?.() ?? {};
    this.#split = observationSplitter(environment.observation, "observation");
    this.#infoNames = (environment.info ?? []).map(({ name }) => [name, `info/${name}`] as const);
    this.#outcomeOf = environment.createOutcomeFunction();
    const { actionNoise: deviation = 0, noiseKind: kind = "gaussian" } = options;
    const size = rowSize(environment.action.shape);
    this.#noise = createActionNoise({ kind, deviation, controlHz, size }, random("noise"));
    const maxSteps = this.#limit = options.maxSteps ?? environment.maxSteps;
    const { takeover } = options;
    if (takeover === undefined) this.#labels = createStateLabels(options, world, random);
    else {
      this.#rollIn = place.rollIn ?? drawRollIn(random("takeover"), maxSteps, takeover);
      this.#takeOver();
    }
  }

  /** `[n]` what the policy sees now. */
  get observation(): Float32Array {
    return this.#observation;
  }

  /**
   * Whether nothing more happens. A simulation that blew up ends here, so that validation refuses the
   * candidate by name; what a policy would answer to it is nobody's fault.
   */
  get isOver(): boolean {
    return this.#steps >= this.#limit || this.#outcome.terminated ||
      !this.#observation.every(Number.isFinite);
  }

  /**
   * The place of the episode that goes on with the learner's steps where this one is over before the
   * expert took over; null where there is something to record.
   */
  get next(): EpisodePlace | null {
    // A simulation that blew up is recorded, so that validation refuses it.
    if (this.#rollIn === null || !this.#observation.every(Number.isFinite)) return null;
    const { candidate, attempt } = this.#place;
    return { candidate, attempt: attempt + 1, rollIn: this.#rollIn - this.#steps };
  }

  /** Follows the plan of the policy that acts, before the first step. */
  follow(plan: PolicyPlan | undefined): void {
    this.#plan = plan;
    this.#limit = Math.min(this.#limit, plan?.steps ?? Infinity);
  }

  /**
   * Advances by one control period.
   *
   * @param answer `[m]` what the policy wants done
   */
  step(answer: Float32Array): void {
    const own = toAction(this.#options.environment.action, answer);
    if (this.#rollIn !== null) {
      this.#advance(this.#applied(own));
      this.#steps++;
      this.#takeOver();
      return;
    }
    const label = this.#labels?.of(this.#observation) ?? own;
    this.#record(this.#labels?.acts() ? label : own, label);
  }

  /** Lets the expert go on to the end, from now on recorded, if the learner has done its steps. */
  #takeOver(): void {
    if (this.#steps !== this.#rollIn || this.isOver) return;
    const { takeover } = this.#options, world = this.#world;
    this.#rollIn = null;
    this.#steps = 0;
    this.#limit = takeover!; // set, where there is a roll-in
    this.#startState = world.snapshot();
    this.#resetInfo = world.info?.() ?? {};
    this.#outcomeOf = this.#options.environment.createOutcomeFunction();
    const expert = createStateLabels(this.#options, world, this.random)!; // checked beforehand
    while (!this.isOver) {
      const label = expert.of(this.#observation);
      this.#record(label, label);
    }
  }

  /** The action that is applied where one is asked for: with noise, where there is any. */
  #applied(asked: Float32Array): Float32Array {
    const { environment: { action }, actionNoise = 0 } = this.#options;
    return actionNoise > 0
      ? toAction(action, asked.map((value, i) => value + this.#noise(i)))
      : asked;
  }

  #advance(action: Float32Array): Outcome {
    markProgress();
    const next = this.#observation = this.#world.step(action);
    return this.#outcome = this.#outcomeOf(next, action);
  }

  /** Advances by one control period, with a row of it. */
  #record(asked: Float32Array, label: Float32Array): void {
    const { cameras = [], recorder } = this.#options;
    const world = this.#world, observation = this.#observation;
    const action = this.#applied(asked);
    const images = cameraRows(world, cameras);
    const outcome = this.#advance(action);
    recorder.addStep(
      this.#split(observation),
      images,
      { action, action_label: label, reward: outcome.reward },
      this.#plan?.stateAt(this.#steps) ?? NOTHING,
      splitInfo(this.#infoNames, world.info?.() ?? NOTHING),
    );
    // Of what is stored, so that a reader comes to the same sum.
    this.#sum += Math.fround(outcome.reward);
    this.#steps++;
  }

  /** Ends the episode in the recorder. */
  end(): EpisodeFigures {
    const { environment, selected, recorder, attempts } = this.#options;
    const { candidate, attempt } = this.#place;
    const outcome = this.#outcome, observation = this.#observation, plan = this.#plan;
    const splitFinal = observationSplitter(environment.observation, "final_observation");
    recorder.endEpisode({
      candidate,
      ...(attempts === undefined ? {} : { attempt }),
      success: outcome.success,
      return: this.#sum,
      terminated: outcome.terminated,
      truncated: !outcome.terminated,
      start_state: this.#startState,
      ...splitFinal(observation),
      ...Object.fromEntries(
        selected.map(({ name }) => [`randomization/${name}`, this.#draw[name]!]),
      ),
      ...prefixKeys("reset_info/", this.#resetInfo),
      ...(plan === undefined ? {} : {
        planned_steps: plan.steps,
        ...prefixKeys("final_", plan.stateAt(this.#steps)),
        ...plan.episode,
      }),
    });
    const valid = observation.every(Number.isFinite) && plan?.problem === undefined;
    return { steps: this.#steps, valid, success: valid && outcome.success };
  }
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
