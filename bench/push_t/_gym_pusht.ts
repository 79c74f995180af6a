import { join } from "node:path";
import type { SavedPolicy } from "../../core/episode.ts";
import { createRandom } from "../../core/random.ts";
import { exportOnnx } from "../../learn/foreign.ts";
import { createPolicy } from "../../learn/mod.ts";
import { fillNormal } from "../../learn/models/chunk_flow/flow_matching.ts";
import { getEnvironment, rolloutCandidates } from "../../sim/mod.ts";
import { drawStart } from "../../sim/push_t/push_t_scene.ts";
import { runPeer } from "../_figures.ts";

/** A chunk policy of Push-T here and, exported to ONNX, in gym-pusht itself. */

/** An episode of the policy in gym-pusht. */
export interface GymEpisode {
  readonly success: boolean;
  readonly steps: number;
  readonly max_coverage: number;
  /** First step at which its action differs from ours; null if there is none. */
  readonly differs: number | null;
}

/** One episode in both. */
export interface EpisodePair {
  readonly success: boolean;
  readonly maxCoverage: number;
  readonly gym: GymEpisode;
}

/** Episodes to run. */
export interface PairOptions {
  readonly python: string;
  readonly seed: number;
  readonly stream: string;
  readonly count: number;
  readonly maxSteps?: number;
}

/** Runs a policy from Sluice's resets, on chipmunk and in gym-pusht, with the same noise. */
export async function runInBoth(
  policy: SavedPolicy,
  { python, seed, stream, count, maxSteps = 300 }: PairOptions,
): Promise<readonly EpisodePair[]> {
  const { lengths, step, episode } = await rolloutCandidates({
    environment: getEnvironment("push-t", { engine: "chipmunk" }),
    policy: createPolicy(policy),
    seed,
    stream,
    first: 0,
    count,
    maxSteps,
  });
  const action = Array.from(step["action"]!.data, Number);
  const coverage = Array.from(step["info/coverage"]!.data, Number);
  let row = 0;
  const ours = Array.from(lengths, (length, candidate) => {
    const from = row;
    row += length;
    return {
      start: drawStart(createRandom(seed, `${stream}/start`, candidate)),
      noise: noiseOf(policy, createRandom(seed, `${stream}/policy`, candidate).uint32(), maxSteps),
      actions: Array.from({ length }, (_, i) => action.slice(2 * (from + i), 2 * (from + i) + 2)),
      limit: maxSteps,
      success: Number(episode["success"]!.data[candidate]) === 1,
      maxCoverage: Math.max(...coverage.slice(from, row)),
    };
  });
  const gym = await withExport(policy, async (file, directory) => {
    const episodes = join(directory, "episodes.json");
    await Deno.writeTextFile(episodes, JSON.stringify(ours));
    return await runPeer(python, "push_t_policy.py", ["replay", file, episodes]);
  }) as readonly GymEpisode[]; // what it prints
  return ours.map(({ success, maxCoverage }, i) => ({ success, maxCoverage, gym: gym[i]! }));
}

/** Runs a policy from seeds of gym-pusht. */
export async function runSeeds(
  policy: SavedPolicy,
  { python, first, count }: {
    readonly python: string;
    readonly first: number;
    readonly count: number;
  },
): Promise<readonly GymEpisode[]> {
  return await withExport(
    policy,
    (file) => runPeer(python, "push_t_policy.py", ["seeds", file, String(first), String(count)]),
  ) as readonly GymEpisode[]; // what it prints
}

/** The noise of each chunk of an episode, as the policy draws it. */
function noiseOf({ config }: SavedPolicy, seed: number, steps: number): readonly number[][] {
  const { horizon, nActionSteps, action } = config as {
    readonly horizon: number; // as configurations of chunk models are
    readonly nActionSteps: number;
    readonly action: { readonly width: number };
  };
  return Array.from({ length: Math.ceil(steps / nActionSteps) }, (_, chunk) => {
    const noise = new Float32Array(horizon * action.width);
    fillNormal(createRandom(seed, "chunk", chunk), noise);
    return [...noise];
  });
}

async function withExport<Result>(
  policy: SavedPolicy,
  use: (file: string, directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = await Deno.makeTempDir({ prefix: "sluice-bench-" });
  try {
    const file = join(directory, "policy.onnx");
    await Deno.writeFile(file, exportOnnx(policy));
    return await use(file, directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
