import { rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type {
  EnvironmentDefinition,
  Outcome,
  OutcomeFunction,
  PolicyFunction,
  RandomizationSpec,
  Randomize,
} from "../world/environment.ts";
import { isInteractive, type RandomizationDraw, type World } from "../world/world.ts";
import { type EpisodeStart, startEpisode } from "./episode_start.ts";
import { selectRandomization } from "../world/randomization.ts";
import { toAction } from "../world/spaces.ts";

/** Options of a live episode: which one, and who acts. */
export interface LiveOptions {
  readonly environment: EnvironmentDefinition;
  readonly seed: number;
  /** Name of the stage whose episodes they would be. */
  readonly stream: string;
  readonly randomize: Randomize;
  /** Name of the acting policy, null for a person. */
  readonly policy: string | null;
  /** Control steps after which an episode is truncated; the environment's unless given. */
  readonly maxSteps?: number;
}

/** Source of the random numbers of the next episodes. */
export type EpisodeOrigin = Pick<LiveOptions, "seed" | "stream">;

/**
 * Reason why an episode is over: its rule, its length, the policy's plan, or a numerical
 * instability.
 */
export type EpisodeEnd = "terminated" | "truncated" | "planned" | "diverged";

/** State of an episode. */
export interface LiveState {
  readonly candidate: number;
  /** Control steps done. */
  readonly step: number;
  /** `[n]` */
  readonly observation: Float32Array;
  /** `[m]` that was applied last, or that would be held before the first step. */
  readonly action: Float32Array;
  /** Reward of the last step, null before the first. */
  readonly reward: number | null;
  /** Sum of the rewards. */
  readonly return: number;
  readonly success: boolean;
  /** Reason why it ended, null while it continues. It can be continued anyway. */
  readonly end: EpisodeEnd | null;
  /** Name of the acting policy, null for a person. */
  readonly policy: string | null;
  /** Steps that it has acted for. */
  readonly policyStep: number;
  /** Steps that its plan has left, null if it has none. */
  readonly planned: number | null;
  /** Reason why the policy found no plan, null if it found one. */
  readonly planProblem: string | null;
}

/**
 * Live episode that a person watches and can change. Untouched, it is the candidate of a generate
 * stage, step by step; nothing of it is recorded. It disposes of its world.
 */
export class LiveEpisode implements Disposable {
  readonly world: World;
  readonly #options: LiveOptions;
  readonly #selected: readonly RandomizationSpec[];
  /** Components of the action that a person sets; the others are held. */
  readonly #asked = new Map<number, number>();
  #start!: EpisodeStart; // set with those below as soon as the world is there
  #outcomeOf!: OutcomeFunction;
  #state!: LiveState;
  #origin: EpisodeOrigin;
  #policy: PolicyFunction | null = null;
  /** Answer of the policy to the current state; null if it was not asked. */
  #answer: Float32Array | null = null;

  /** Begins with candidate 0. @throws {InvalidInputError} If there is no such policy */
  static async open(options: LiveOptions): Promise<LiveEpisode> {
    const world = await options.environment.create();
    const episode = new LiveEpisode(world, options);
    episode.begin(0);
    return episode;
  }

  private constructor(world: World, options: LiveOptions) {
    this.world = world;
    this.#options = options;
    this.#origin = options;
    this.#selected = selectRandomization(options.environment.randomization, options.randomize);
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Returns the values drawn for the current episode. */
  get draw(): RandomizationDraw {
    return this.#start.draw;
  }

  /**
   * Begins the episode of a candidate; who acts stays.
   *
   * @param origin Seed and stream of it and of those to come; as before where absent
   */
  begin(candidate: number, origin: EpisodeOrigin = this.#origin): void {
    const { environment, policy } = this.#options;
    const selected = this.#selected, { seed, stream } = origin;
    this.#origin = origin;
    this.#start = startEpisode(this.world, candidate, { seed, stream, selected });
    this.#outcomeOf = environment.createOutcomeFunction();
    this.#state = {
      candidate,
      step: 0,
      observation: this.#start.observation,
      action: this.#holdAction(),
      reward: null,
      return: 0,
      success: false,
      end: null,
      policy: this.#state === undefined ? policy : this.#state.policy,
      policyStep: 0,
      planned: null,
      planProblem: null,
    };
    this.control(this.#state.policy);
  }

  /**
   * Lets a policy act from now on, made for the current state; or a person, who holds.
   *
   * @throws {InvalidInputError} If there is no such policy
   */
  control(policy: string | null): void {
    const { environment } = this.#options;
    this.#asked.clear();
    this.#answer = null;
    this.#policy = policy === null
      ? null
      : environment.createPolicy(policy, this.world, this.#start.random("policy"));
    const { action, end } = this.#state;
    this.#state = {
      ...this.#state,
      action: policy !== null || end === "diverged" ? action : this.#holdAction(),
      policy,
      policyStep: 0,
      planned: this.#policy?.plan?.steps ?? null,
      planProblem: this.#policy?.plan?.problem ?? null,
    };
  }

  /**
   * Sets one component of the action by hand, which takes over from a policy.
   *
   * @throws {InvalidInputError} If there is no such component
   */
  setComponent(component: number, value: number): void {
    const size = rowSize(this.#options.environment.action.shape);
    if (component >= size) {
      throw new InvalidInputError({
        action: `ask for component ${component} of the action`,
        expected: `0 to ${size - 1}`,
      });
    }
    if (this.#state.end === "diverged") return;
    if (this.#state.policy !== null) this.control(null);
    this.#asked.set(component, value);
    this.#state = { ...this.#state, action: this.#manual() };
  }

  /**
   * Puts something elsewhere: see `InteractiveWorld.move()`. A policy that has not yet acted is made again,
   * for its plan is of the start.
   *
   * @throws {InvalidInputError} If there is none of the name, or its position has other components
   */
  move(name: string, position: readonly number[]): void {
    const world = isInteractive(this.world) ? this.world : null;
    const bodies = world?.draggableBodies() ?? [];
    const found = bodies.find((body) => body.name === name);
    if (world === null || found?.position.length !== position.length) {
      const names = bodies.map(({ name }) => name).join(" or ") || "nothing: there is none";
      throw new InvalidInputError({
        action: "move",
        place: name,
        expected: found === undefined ? names : "a place",
      });
    }
    world.move(name, position);
    this.#answer = null;
    this.#state = { ...this.#state, observation: this.world.observe() };
    const { policy, policyStep } = this.#state;
    if (policy !== null && policyStep === 0) this.control(policy);
  }

  /** One control step, also beyond the end of the episode. Does nothing once it has blown up. */
  step(): void {
    if (this.#state.end !== "diverged") this.act(this.ask() ?? this.#manual());
  }

  /**
   * Asks the policy, which may have a memory, once for each state.
   *
   * @returns `[m]` what it would do now; null where a person acts
   */
  ask(): Float32Array | null {
    if (this.#policy === null) return null;
    const { action } = this.#options.environment;
    return this.#answer ??= toAction(action, this.#policy(this.#state.observation));
  }

  /**
   * {@linkcode step} by an action from outside; components beyond the action space are clipped.
   *
   * @throws {RangeError} If it has another length or is not finite
   */
  act(values: ArrayLike<number>): void {
    const { end, step } = this.#state, policyStep = this.#state.policyStep + 1;
    const action = toAction(this.#options.environment.action, values);
    if (end === "diverged") return;
    this.#answer = null;
    const observation = this.world.step(action);
    const outcome = this.#outcomeOf(observation, action);
    const planned = this.#policy?.plan?.steps ?? null;
    this.#state = {
      ...this.#state,
      step: step + 1,
      observation,
      action,
      reward: outcome.reward,
      return: this.#state.return + Math.fround(outcome.reward),
      success: outcome.success,
      policyStep,
      planned: planned === null ? null : Math.max(0, planned - policyStep),
      end: null,
    };
    this.#state = { ...this.#state, end: this.#endOf(outcome) };
  }

  #endOf({ terminated }: Outcome): EpisodeEnd | null {
    const { observation, step, planned } = this.#state;
    if (!observation.every(Number.isFinite)) return "diverged";
    if (terminated) return "terminated";
    if (planned === 0) return "planned";
    const { environment, maxSteps = environment.maxSteps } = this.#options;
    return step >= maxSteps ? "truncated" : null;
  }

  /** Returns what a person sets, and holds the rest. */
  #manual(): Float32Array {
    const action = this.#holdAction();
    for (const [component, value] of this.#asked) action[component] = value;
    return toAction(this.#options.environment.action, action);
  }

  #holdAction(): Float32Array {
    const { action } = this.#options.environment;
    return toAction(action, this.world.holdAction?.() ?? new Float32Array(rowSize(action.shape)));
  }

  [Symbol.dispose](): void {
    this.world[Symbol.dispose]();
  }
}
