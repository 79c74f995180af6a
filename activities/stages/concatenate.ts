import { concatenate } from "../../pipelines/kinds/concatenate.ts";
import { concatenateStored } from "../../store/mod.ts";
import { LABELLED_STEPS } from "./labelled_steps.ts";
import { wholeOperation } from "./own/own_operation.ts";

/**
 * Writes datasets one after another; episodes keep their split, so that none held out is trained
 * on.
 */
export const concatenateOperation = wholeOperation(concatenate, async (run) => {
  const { parameters: { duplicates }, inputs, output, signal, onProgress } = run;
  const datasets = inputs.map(({ name, path }) => ({ name, directory: path }));
  const concatenation = await concatenateStored(datasets, {
    duplicates,
    signal,
    onProgress: ({ episodes, total }) => onProgress({ done: episodes, total }),
  });
  await output.writeDataset(concatenation.outline, concatenation.tables);
  const labelled = inputs.reduce((sum, { counts }) => sum + (counts[LABELLED_STEPS] ?? 0), 0);
  return {
    counts: {
      duplicates: concatenation.duplicates,
      ...(labelled > 0 && { [LABELLED_STEPS]: labelled }),
    },
  };
});
