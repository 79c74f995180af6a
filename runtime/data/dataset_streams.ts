import { readOpenedRun } from "../../activities/run.ts";
import { DamagedStoreError } from "../../core/errors.ts";
import { findKind } from "../../pipelines/mod.ts";
import type { RunLocation } from "../../store/mod.ts";

/**
 * Returns the random streams that may have drawn the episodes of a dataset: those of the generate
 * stages of its run, or, if it has none, that of a stage without a declaration.
 */
export async function streamsOf(root: string, run: RunLocation | null): Promise<readonly string[]> {
  if (run === null) return ["generate"];
  try {
    const { plan } = await readOpenedRun(root, run.directory);
    return plan.stages.filter((stage) => findKind(stage.kind)?.chain?.place === "head").map((
      { stream },
    ) => stream);
  } catch (error) {
    // What is shown needs no plan: only what drew the start is not told.
    if (error instanceof DamagedStoreError) return [];
    throw error;
  }
}
