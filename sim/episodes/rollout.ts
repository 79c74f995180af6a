import type { EpisodeTable } from "../../core/episode.ts";
import type { AsyncPolicyFunction, PolicyFunction } from "../world/environment.ts";
import type { World } from "../world/world.ts";
import { selectRandomization } from "../world/randomization.ts";
import { isBatchPolicy } from "./batch_policy.ts";
import { rolloutInBatches } from "./batch_rollout.ts";
import { EpisodeRecorder } from "./recorder.ts";
import type { RolloutOptions } from "./rollout_options.ts";
import {
  type EpisodeFigures,
  type EpisodeOptions,
  type EpisodePlace,
  SimulatedEpisode,
} from "./simulated_episode.ts";
import { Turns } from "./turns.ts";

export type { RolloutOptions, RolloutProgress } from "./rollout_options.ts";

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
  if (isBatchPolicy(policy)) return await rolloutInBatches(rest, policy);
  const recorder = new EpisodeRecorder(
    environment.schema(typeof policy === "string" ? { ...rest, policy } : rest),
  );
  const selected = selectRandomization(environment.randomization, options.randomize);
  using world = await environment.create(options.world);
  const turns = new Turns(signal);
  let steps = 0, successes = 0;
  for (let candidate = first; candidate < first + count; candidate++) {
    signal?.throwIfAborted();
    const attempts = options.attempts?.most ?? 1;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const place = { candidate, attempt };
      const episode = await simulate(world, place, {
        ...options,
        policy,
        selected,
        recorder,
      });
      steps += episode.steps;
      await turns.after(episode.steps);
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

interface SequentialOptions extends EpisodeOptions {
  readonly policy: string | PolicyFunction | AsyncPolicyFunction;
}

/** Simulates one attempt of a candidate from its start to its end. */
async function simulate(
  world: World,
  place: EpisodePlace,
  options: SequentialOptions,
): Promise<EpisodeFigures> {
  let episode = await follow(world, place, options);
  // Until the expert has taken over.
  for (let { next } = episode; next !== null; { next } = episode) {
    options.signal?.throwIfAborted();
    episode = await follow(world, next, options);
  }
  return episode.end();
}

/** Lets the policy act until an episode is over. */
async function follow(
  world: World,
  place: EpisodePlace,
  options: SequentialOptions,
): Promise<SimulatedEpisode> {
  const { environment } = options;
  const episode = new SimulatedEpisode(world, place, options);
  const policy = typeof options.policy === "string"
    ? environment.createPolicy(options.policy, world, episode.random("policy"))
    : options.policy;
  policy.begin?.(episode.random("policy"));
  episode.follow("plan" in policy ? policy.plan : undefined);
  while (!episode.isOver) {
    const answer = policy(episode.observation, episode.readImage);
    // Awaited only where it must be: a step of a policy of ours needs no turn of the event loop.
    episode.step(answer instanceof Promise ? await answer : answer);
  }
  return episode;
}

function requireOptions(options: RolloutOptions): void {
  const { environment, count, maxSteps, actionNoise, mixture = 0, takeover, labels } = options;
  for (const [name, value] of Object.entries({ count, maxSteps })) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw new RangeError(`Cannot simulate: expected ${name} to be an integer ≥ 1, found ${value}`);
  }
  if (actionNoise !== undefined && !(actionNoise >= 0 && Number.isFinite(actionNoise))) {
    throw new RangeError(`Cannot simulate: expected actionNoise ≥ 0, found ${actionNoise}`);
  }
  if (!(mixture >= 0 && mixture <= 1)) {
    throw new RangeError(`Cannot simulate: expected a mixture in [0, 1], found ${mixture}`);
  }
  if (takeover === undefined) return;
  if (labels === undefined || mixture > 0) {
    throw new TypeError("Cannot take over: expected labels without a mixture");
  }
  const most = maxSteps ?? environment.maxSteps;
  if (!(Number.isSafeInteger(takeover) && takeover >= 1 && takeover <= most)) {
    throw new RangeError(
      `Cannot take over: expected 1 to ${most} steps, the longest episode, found ${takeover}`,
    );
  }
}
