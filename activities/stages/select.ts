import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import { kindOf } from "../../pipelines/kinds/mod.ts";
import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { select } from "../../pipelines/kinds/select.ts";
import { roundOf } from "../../pipelines/variants/round_name.ts";
import { readCommit, StoreWriter } from "../../store/mod.ts";
import type { StageResult, StageTask } from "../types.ts";
import { LABELLED_STEPS, ROUND } from "./labelled_steps.ts";
import type { OperationContext } from "./operation.ts";
import { ensureStage } from "./stage.ts";

/** A trained model and what it came to. */
interface Candidate {
  readonly model: StageResult;
  readonly evaluation: StageResult;
}

/**
 * Commits the files of the best model as they are, so that the digest is that model's. Counts say
 * from which round it is and what all candidates together cost their expert: datasets grow from
 * round to round, so that the largest holds the others.
 */
export function selectStage(task: StageTask, context: OperationContext): Promise<StageResult> {
  const { metrics } = parametersOf(task.stage, select);
  return ensureStage(task, context, async (directory) => {
    const candidates = candidatesOf(task);
    const scores = candidates.map((candidate) => scoreOf(candidate, metrics));
    const best = scores.lastIndexOf(Math.max(...scores));
    const { model, evaluation } = candidates[best]!;
    const source = join(context.root, model.path);
    const { files, attributes } = (await readCommit(source))!; // it has a result
    using writer = new StoreWriter(directory);
    for (const file of files.keys()) {
      context.signal.throwIfAborted();
      await writer.write(file, readFileSync(join(source, file)));
    }
    const labelled = Math.max(...candidates.map(({ model }) => model.counts[LABELLED_STEPS] ?? 0));
    const round = roundOf(model.stage);
    const commit = await writer.commit({
      kind: select.kind,
      counts: {
        models: candidates.length,
        ...(round === null ? {} : { [ROUND]: round }),
        ...(labelled > 0 && { [LABELLED_STEPS]: labelled }),
      },
      metrics: Object.fromEntries(metrics.map((name) => [name, evaluation.metrics[name]!])),
      attributes: { ...attributes, kept: best, scores },
    });
    return { commit };
  });
}

/** Models in declared order, each with the evaluation that reads it. */
function candidatesOf({ inputs, inputStages }: StageTask): readonly Candidate[] {
  const evaluations = inputs.filter(({ kind }) => kindOf({ kind }).gives === "evaluation");
  const evaluated = new Map(evaluations.map((evaluation) => {
    const plan = inputStages.find(({ name }) => name === evaluation.stage);
    return [plan?.from[0], evaluation] as const;
  }));
  return inputs.filter(({ kind }) => kindOf({ kind }).gives === select.gives).map((model) => ({
    model,
    evaluation: evaluated.get(model.stage)!, // there is one, as the compiler has checked
  }));
}

/** @throws {InvalidInputError} If the evaluation has no such metric */
function scoreOf({ evaluation }: Candidate, metrics: readonly string[]): number {
  const values = metrics.map((name) => {
    const value = evaluation.metrics[name];
    if (typeof value === "number") return value;
    const known = Object.keys(evaluation.metrics);
    throw new InvalidInputError({
      action: "select by",
      place: name,
      expected: `a metric of "${evaluation.stage}"`,
      found: "none of that name",
      remedy: suggestName(name, known),
    });
  });
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
