import { defineSearchAttributeKey, TypedSearchAttributes } from "@temporalio/common";

/** Search attributes by which runs and stages are found in the Temporal UI. */
export const SEARCH_ATTRIBUTES = {
  pipeline: defineSearchAttributeKey("SluicePipeline", "KEYWORD"),
  stage: defineSearchAttributeKey("SluiceStage", "KEYWORD"),
  digest: defineSearchAttributeKey("SluiceDigest", "KEYWORD"),
};

/** The values of one workflow. */
export interface SearchValues {
  readonly pipeline: string;
  readonly stage?: string;
  /** Pipeline digest or stage key. */
  readonly digest: string;
}

/** Search attributes of a workflow, none where the server does not know them. */
export function searchAttributes(
  { pipeline, stage, digest }: SearchValues,
  known: boolean,
): TypedSearchAttributes {
  if (!known) return new TypedSearchAttributes();
  return new TypedSearchAttributes([
    { key: SEARCH_ATTRIBUTES.pipeline, value: pipeline },
    ...(stage === undefined ? [] : [{ key: SEARCH_ATTRIBUTES.stage, value: stage }]),
    { key: SEARCH_ATTRIBUTES.digest, value: digest },
  ]);
}
