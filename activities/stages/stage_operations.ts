import { checkCompared, compareStage } from "./compare.ts";
import { concatenateOperation } from "./concatenate.ts";
import { checkEvaluation, evaluateShard } from "./evaluate.ts";
import { checkFigures, evaluationFigures, simulationFigures } from "./figures.ts";
import { filterShard } from "./filter.ts";
import { checkGate, gateStage } from "./gate.ts";
import { checkGeneration, generateShard } from "./generate.ts";
import { mergeStage } from "./merge.ts";
import type { ShardedOperation, WholeOperation } from "./operation.ts";
import { relabelOperation } from "./relabel.ts";
import { scoreStage } from "./score.ts";
import { selectStage } from "./select.ts";
import { subsampleOperation } from "./subsample.ts";
import { checkInitialWeights, trainStage } from "./train.ts";
import { validateShard } from "./validate.ts";

type StageOperation = ShardedOperation | WholeOperation;

/** Operations by the name of their kind in `pipelines/kinds/`. */
const operations = new Map<string, StageOperation>(Object.entries<StageOperation>({
  generate: { shard: generateShard, figures: simulationFigures, check: checkGeneration },
  validate: { shard: validateShard, figures: checkFigures },
  filter: { shard: filterShard, figures: checkFigures },
  merge: { run: mergeStage },
  train: { run: trainStage, check: checkInitialWeights },
  evaluate: { shard: evaluateShard, figures: evaluationFigures, check: checkEvaluation },
  select: { run: selectStage },
  score: { run: scoreStage },
  compare: { run: compareStage, check: checkCompared },
  gate: { run: gateStage, check: checkGate },
  relabel: relabelOperation,
  subsample: subsampleOperation,
  concatenate: concatenateOperation,
}));

/** Makes the operation of a kind known in this process. */
export function registerOperation(kind: string, operation: StageOperation): void {
  operations.set(kind, operation);
}

/** The operation of a kind. @throws {TypeError} If nothing was registered for it */
export function stageOperation(kind: string): StageOperation {
  const operation = operations.get(kind);
  if (operation === undefined) throw new TypeError(`Cannot find the operation of kind "${kind}"`);
  return operation;
}

/** The operation of a sharded kind. @throws {TypeError} If it is not sharded */
export function shardedOperation(kind: string): ShardedOperation {
  const operation = stageOperation(kind);
  if ("shard" in operation) return operation;
  throw new TypeError(`Cannot work shard by shard on kind "${kind}": it is not sharded`);
}
