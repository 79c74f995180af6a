import type { StageKind } from "../../pipelines/plan.ts";
import { EVALUATE_CODE_VERSION } from "./evaluate.ts";
import { FILTER_CODE_VERSION } from "./filter.ts";
import { GENERATE_CODE_VERSION } from "./generate.ts";
import { MERGE_CODE_VERSION } from "./merge.ts";
import { SCORE_CODE_VERSION } from "./score.ts";
import { TRAIN_CODE_VERSION } from "./train.ts";
import { VALIDATE_CODE_VERSION } from "./validate.ts";

/** Code version of every kind of stage, as keys name it. */
export const STAGE_CODE_VERSIONS: Readonly<Record<StageKind, number>> = {
  generate: GENERATE_CODE_VERSION,
  validate: VALIDATE_CODE_VERSION,
  filter: FILTER_CODE_VERSION,
  merge: MERGE_CODE_VERSION,
  train: TRAIN_CODE_VERSION,
  evaluate: EVALUATE_CODE_VERSION,
  score: SCORE_CODE_VERSION,
};
