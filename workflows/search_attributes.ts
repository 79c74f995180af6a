import { defineSearchAttributeKey, TypedSearchAttributes } from "@temporalio/common";

/** Search attributes by which runs and stages are found in the Temporal UI. */
export const SEARCH_ATTRIBUTES = {
  pipeline: defineSearchAttributeKey("SluicePipeline", "KEYWORD"),
  run: defineSearchAttributeKey("SluiceRun", "KEYWORD"),
  stage: defineSearchAttributeKey("SluiceStage", "KEYWORD"),
  digest: defineSearchAttributeKey("SluiceDigest", "KEYWORD"),
};

/** The values of one workflow. */
export interface SearchValues {
  readonly pipeline: string;
  /** Name of the run, `reach-expert/3`; absent until it has its number. */
  readonly run?: string;
  readonly stage?: string;
  /** Pipeline digest or stage key. */
  readonly digest: string;
}

/** Search attributes of a workflow, none if the server does not know them. */
export function searchAttributes(
  { pipeline, run, stage, digest }: SearchValues,
  known: boolean,
): TypedSearchAttributes {
  if (!known) return new TypedSearchAttributes();
  return new TypedSearchAttributes([
    { key: SEARCH_ATTRIBUTES.pipeline, value: pipeline },
    ...(run === undefined ? [] : [{ key: SEARCH_ATTRIBUTES.run, value: run }]),
    ...(stage === undefined ? [] : [{ key: SEARCH_ATTRIBUTES.stage, value: stage }]),
    { key: SEARCH_ATTRIBUTES.digest, value: digest },
  ]);
}
