import { type EpisodeTable, rowSize, typedData } from "../../core/episode.ts";
import type { RandomGenerator } from "../../core/random.ts";
import type { EnvironmentDefinition, PolicyFunction } from "../world/environment.ts";
import { storedDraw } from "../world/randomization.ts";
import { toAction } from "../world/spaces.ts";
import { EpisodeView } from "./episode_view.ts";
import { requireReplayable } from "./replay.ts";

/** Policy or expert that labels the steps. */
export type Labeller =
  | {
    /** A policy of the environment, which may look at the world; made again for every episode. */
    readonly policy: string;
    /** Generator of its draws in an episode of the table. */
    readonly randomOf: (episode: number) => RandomGenerator;
  }
  /** A trained policy: all that it knows is the observation. */
  | { readonly act: PolicyFunction };

/**
 * Labels every state of some episodes with a policy's action. Each episode is simulated again from
 * its recorded start by its recorded actions, so that the policy sees the recorded states.
 *
 * @returns `[rows, m]` actions, of the environment's action type
 * @throws {InvalidInputError} If an episode has no recorded start, or there is no such policy
 * @throws The signal's reason, if it is aborted
 */
export async function labelEpisodes(
  environment: EnvironmentDefinition,
  table: EpisodeTable,
  labeller: Labeller,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const size = rowSize(environment.action.shape);
  const rows = table.lengths.reduce((sum, length) => sum + length, 0);
  const labels = new Float32Array(rows * size);
  using world = await environment.create();
  let row = 0;
  for (const [episode, length] of table.lengths.entries()) {
    signal?.throwIfAborted();
    const recorded = new EpisodeView(table, episode);
    requireReplayable(environment, recorded);
    world.configure(storedDraw(environment.randomization, recorded));
    world.restore(typedData(recorded.episode("start_state"), Float64Array)); // as episodeSchema() declares it
    const policy = "act" in labeller
      ? labeller.act
      : environment.createPolicy(labeller.policy, world, labeller.randomOf(episode));
    // requireReplayable() found them.
    const actions = typedData(recorded.step("action")!.data, Float32Array);
    let observation = world.observe();
    for (let step = 0; step < length; step++, row++) {
      labels.set(toAction(environment.action, policy(observation)), row * size);
      const action = actions.slice(step * size, (step + 1) * size);
      if (step + 1 < length) observation = world.step(action);
    }
  }
  return labels;
}
