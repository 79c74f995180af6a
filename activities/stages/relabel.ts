import { type EpisodeTable, rowSize } from "../../core/episode.ts";
import { relabel } from "../../pipelines/kinds/relabel.ts";
import { environmentOf, labelEpisodes, labelField, type Labeller } from "../../sim/mod.ts";
import { ACTION_LABEL, batchesOf, type Dataset, outlineOf } from "../../store/mod.ts";
import { LABELLED_STEPS } from "./labelled_steps.ts";
import { wholeOperation, type WholeStageRun } from "./own/own_operation.ts";

/** Labels every row of a dataset; actions stay, so that its episodes are replayed to the bit. */
export const relabelOperation = wholeOperation(relabel, async (run) => {
  const input = run.inputs.find(({ type }) => type === "dataset")!, dataset = await input.dataset(); // reads one
  const outline = await outlineOf(dataset), action = environmentOf(dataset.schema).action;
  const others = dataset.schema.step.filter(({ name }) => name !== ACTION_LABEL);
  const at = others.findIndex(({ name }) => name === "action") + 1;
  const step = [...others.slice(0, at), labelField(action), ...others.slice(at)];
  await run.output.writeDataset(
    { ...outline, schema: { ...dataset.schema, step } },
    relabelled(dataset, run),
  );
  const before = input.counts[LABELLED_STEPS] ?? 0;
  return { counts: { [LABELLED_STEPS]: before + dataset.steps } };
});

async function* relabelled(
  dataset: Dataset,
  { parameters, inputs, random, signal, onProgress }: WholeStageRun<typeof relabel["parameters"]>,
): AsyncGenerator<EpisodeTable> {
  const environment = environmentOf(dataset.schema), { action } = environment;
  const trained = await inputs.find(({ type }) => type === "model")?.policy();
  for await (const { table, first, end } of batchesOf(dataset, signal)) {
    const labeller: Labeller = trained === undefined
      ? { policy: parameters.policy, randomOf: (episode) => random("policy", first + episode) }
      : { act: trained };
    const data = await labelEpisodes(environment, table, labeller, signal);
    const label = { dtype: action.dtype, shape: [rowSize(action.shape)], data };
    yield { ...table, step: { ...table.step, [ACTION_LABEL]: label } };
    onProgress({ done: end, total: dataset.episodes });
  }
}
