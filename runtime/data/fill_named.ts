import { readOpenedRun } from "../../activities/run.ts";
import { fillStages } from "../../activities/stages/fill_inputs.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { type ArtifactType, kindOf } from "../../pipelines/mod.ts";
import { rerunPlace } from "../../pipelines/places.ts";
import { type BucketRoot, resolveRunStage } from "../../store/mod.ts";

/** Pattern of a path in the data root. */
const PLACE = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)+$/;

/**
 * Fills the working root with what a person names: the outputs of a run, or of one of its stages, or
 * what is committed at a path. If there is no such thing, whoever looks for it says so.
 *
 * @param type Type of the outputs that are needed of a run; all of them if absent
 */
export async function fillNamed(
  bucket: BucketRoot,
  text: string,
  type?: ArtifactType,
): Promise<void> {
  const named = await resolveRunStage(bucket.root, text).catch((error) => {
    if (error instanceof InvalidInputError) return null;
    throw error;
  });
  if (named === null) {
    if (PLACE.test(text)) await bucket.fillStage(text, { exact: false });
    return;
  }
  const { run, stage } = named, { directory } = run;
  const { plan, rerun } = await readOpenedRun(bucket.root, directory);
  const needed = plan.stages.filter((planned) =>
    stage === null ? type === undefined || kindOf(planned).gives === type : planned.name === stage
  );
  // A run without a dataset has the episodes of its stages.
  const stages = needed.length === 0 ? plan.stages : needed;
  await fillStages(bucket, rerun ? rerunPlace(plan.name, run.run) : "", stages);
}
