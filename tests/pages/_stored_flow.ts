import { join } from "node:path";
import { type ModelParameters, trainModel } from "../../learn/mod.ts";
import { openDataset, savePolicy, StoreWriter } from "../../store/mod.ts";

/** A flow that can be sampled, however wrong it is. */
export const SMALL_FLOW = {
  steps: 20,
  batch: 16,
  hiddenSize: 8,
  conditionerHiddenSize: 8,
  numFlowLayers: 1,
  consistency: 0,
  maxSteps: 5,
  keep: "last",
} as const;

/** Trains a flow on a stored dataset and stores it. @returns Its directory */
export async function storeFlow(dataset: string, parameters: ModelParameters): Promise<string> {
  const { policy } = await trainModel({
    model: "flow",
    parameters,
    seed: 1,
    stream: "train",
    source: await openDataset(dataset),
    checkpointEvery: 100_000,
    validateEvery: 100_000,
    saveCheckpoint: () => Promise.resolve(),
  });
  const directory = join(dataset, "..", "train"), writer = new StoreWriter(directory);
  await savePolicy(writer, policy);
  await writer.commit({ kind: "train", attributes: { model: "flow", environment: "push-t" } });
  return directory;
}
