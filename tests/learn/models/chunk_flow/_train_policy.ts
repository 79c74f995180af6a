import type { EpisodeSource, SavedPolicy } from "../../../../core/episode.ts";
import { type ModelParameters, trainModel } from "../../../../learn/mod.ts";

/** Trains a small policy in a few steps: enough for one that acts. */
export async function trainPolicy(
  source: EpisodeSource,
  model: string,
  parameters: ModelParameters,
): Promise<SavedPolicy> {
  const { policy } = await trainModel({
    model,
    parameters: { batch: 64, lr: 1e-2, ...parameters },
    seed: 3,
    stream: "train",
    source,
    checkpointEvery: 1000,
    validateEvery: 1000,
  });
  return policy;
}
