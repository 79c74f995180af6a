import type { Limits, StabilityCheck } from "./stability_check.ts";
import type { EpisodeTable, Verdict } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import type { EnvironmentDefinition } from "../world/environment.ts";
import { viewEpisodes } from "./episode_view.ts";

export interface StabilityOptions {
  /** Refuse episodes without success, as `no_success`. Default false. */
  readonly requireSuccess?: boolean;
  /** Limits by name that replace the environment's own. */
  readonly limits?: Limits;
}

/**
 * Whether the episodes are physically stable: the environment's checks, in its order; the first that
 * objects gives the reason.
 *
 * @returns One verdict an episode, in the order of the table
 * @throws {InvalidInputError} If the environment has no limit of a name
 */
export function checkStability(
  environment: EnvironmentDefinition,
  table: EpisodeTable,
  options: StabilityOptions = {},
): Verdict[] {
  const limits = resolveLimits(environment, options.limits ?? {});
  const checks = options.requireSuccess === true
    ? [...environment.stability, SUCCESS]
    : environment.stability;
  return viewEpisodes(table).map((episode) => {
    for (const { reason, find } of checks) {
      const figures = find(episode, limits);
      if (figures !== null) {
        return { candidate: episode.candidate, accepted: false, reason, figures };
      }
    }
    return { candidate: episode.candidate, accepted: true, reason: null, figures: {} };
  });
}

const SUCCESS: StabilityCheck = {
  reason: "no_success",
  description: "The episode ends without success",
  find(episode) {
    return episode.episode("success")?.[0] === 1 ? null : { steps: episode.length };
  },
};

function resolveLimits({ name, limits }: EnvironmentDefinition, changed: Limits): Limits {
  const known = Object.keys(limits);
  for (const limit of Object.keys(changed)) {
    if (known.includes(limit)) continue;
    throw new InvalidInputError({
      action: `set limit "${limit}" of`,
      place: name,
      expected: `one of ${known.join(", ")}`,
      remedy: suggestName(limit, known),
    });
  }
  const defaults = Object.entries(limits).map(([limit, { value }]) => [limit, value] as const);
  return { ...Object.fromEntries(defaults), ...changed };
}
