import { pictureBytes } from "../declare/cameras.ts";
import { chosenFacts, type CompileContext } from "./compile.ts";
import type { PipelinePlan, StagePlan } from "../plan.ts";
import { parametersOf } from "../declare/stages.ts";

/** How much work and disk a stage will take, before anything is known of its episodes. */
export interface StageEstimate {
  readonly stage: string;
  /** Shards at least, where every candidate is accepted; 0 for stages without shards. */
  readonly shards: number;
  /** How much at least, in `unit`. */
  readonly count: number;
  /** Of train, epochs where the model counts in them: its steps follow from the dataset. */
  readonly unit: "candidates" | "episodes" | "steps" | "epochs" | "transitions";
  /** Bytes on disk, about: uncompressed, as if every episode had its full length. */
  readonly bytes: number;
}

/** Canonical JSON of one verdict or of one row of an evaluation. */
const ROW_BYTES = 160;
/** Metrics and figures of a score. */
const SCORE_BYTES = 100_000;
/** Checkpoints that are kept: the last ones and the best. */
const CHECKPOINTS = 4;
/** float32 parameters, and two Adam moments of the same size. */
const BYTES_PER_PARAMETER = 4 * 3;

/** What each stage of a plan will need, in the plan's order. */
export function estimatePlan(
  plan: PipelinePlan,
  context: CompileContext,
): readonly StageEstimate[] {
  const byName = new Map(plan.stages.map((stage) => [stage.name, stage]));
  return plan.stages.map((stage) => ({ stage: stage.name, ...estimate(stage, byName, context) }));
}

function estimate(
  stage: StagePlan,
  byName: ReadonlyMap<string, StagePlan>,
  context: CompileContext,
): Omit<StageEstimate, "stage"> {
  switch (stage.kind) {
    case "generate": {
      const shards = shardsOf(stage);
      const count = shards * stage.chain!.shard;
      return { shards, count, unit: "candidates", bytes: count * episodeBytes(stage, context) };
    }
    case "validate":
    case "filter": {
      const shards = shardsOf(stage);
      const count = shards * stage.chain!.shard;
      return { shards, count, unit: "candidates", bytes: count * ROW_BYTES };
    }
    case "merge": {
      const heads = stage.from.map((name) => headOf(byName.get(name)!, byName));
      const count = heads.reduce((sum, head) => sum + head.chain!.target, 0);
      const bytes = heads.reduce(
        (sum, head) => sum + head.chain!.target * episodeBytes(head, context),
        0,
      );
      return { shards: 0, count, unit: "episodes", bytes };
    }
    case "train": {
      const { steps, hidden = [], options } = parametersOf(stage, "train");
      const weights = hidden.slice(1).reduce((sum, width, i) => sum + width * hidden[i]!, 0);
      const bytes = weights * BYTES_PER_PARAMETER * CHECKPOINTS;
      const { epochs } = options;
      return steps === undefined && typeof epochs === "number"
        ? { shards: 0, count: epochs, unit: "epochs", bytes }
        : { shards: 0, count: steps ?? 0, unit: "steps", bytes };
    }
    case "evaluate": {
      const { episodes } = parametersOf(stage, "evaluate");
      const bytes = episodes * ROW_BYTES;
      return { shards: stage.shards!, count: episodes, unit: "episodes", bytes };
    }
    case "score": {
      const { transitions } = parametersOf(stage, "score");
      return { shards: 0, count: transitions, unit: "transitions", bytes: SCORE_BYTES };
    }
  }
}

function shardsOf(stage: StagePlan): number {
  return Math.ceil(stage.chain!.target / stage.chain!.shard);
}

function headOf(stage: StagePlan, byName: ReadonlyMap<string, StagePlan>): StagePlan {
  const previous = stage.chain?.previous ?? null;
  return previous === null ? stage : headOf(byName.get(previous)!, byName);
}

function episodeBytes(generate: StagePlan, context: CompileContext): number {
  const { environment, maxSteps, options, cameras = [] } = parametersOf(generate, "generate");
  const { stepBytes } = chosenFacts(context.environments[environment]!, options);
  return maxSteps * (stepBytes + pictureBytes(cameras));
}
