import {
  type Column,
  copyData,
  createColumnData,
  type EpisodeTable,
  rowSize,
} from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { subsample } from "../../pipelines/kinds/subsample.ts";
import {
  batchesOf,
  type Dataset,
  episodesWhere,
  outlineOf,
  selectEpisodes,
} from "../../store/mod.ts";
import { handedOn } from "./labelled_steps.ts";
import { wholeOperation, type WholeStageRun } from "./own/own_operation.ts";

/** Keeps some rows or episodes of a dataset. */
export const subsampleOperation = wholeOperation(subsample, async (run) => {
  const { parameters: { every, where }, inputs, output } = run;
  const whole = await inputs[0]!.dataset(); // reads one
  const chosen = where === undefined ? undefined : await episodesWhere(whole, where);
  if (chosen?.length === 0) {
    throw new InvalidInputError({
      action: "subsample",
      place: inputs[0]!.name,
      expected: `episodes that meet ${where}`,
      found: `none of ${whole.episodes}`,
      remedy: "loosen the condition",
    });
  }
  const dataset = chosen === undefined ? whole : selectEpisodes(whole, chosen);
  const outline = await outlineOf(whole, chosen);
  const lengths = outline.lengths.map((length) => Math.ceil(length / every));
  await output.writeDataset(
    { ...outline, lengths, schema: thinned(dataset, every) },
    thinnedTables(dataset, run),
  );
  const counts = handedOn(inputs[0]!.counts); // as many were labelled, whatever is kept
  return { counts: { ...counts, given_episodes: whole.episodes, given_steps: whole.steps } };
});

/**
 * Removes what an exact replay needs: with fewer rows, actions no longer lead from the initial
 * state to the following ones.
 */
function thinned({ schema }: Dataset, every: number): Dataset["schema"] {
  if (every === 1) return schema;
  const episode = schema.episode.filter(({ name }) => name !== "start_state");
  return { ...schema, episode, controlHz: schema.controlHz / every };
}

async function* thinnedTables(
  dataset: Dataset,
  { parameters: { every }, signal, onProgress }: WholeStageRun<typeof subsample["parameters"]>,
): AsyncGenerator<EpisodeTable> {
  for await (const { table, end } of batchesOf(dataset, signal)) {
    yield every === 1 ? table : thinTable(table, every);
    onProgress({ done: end, total: dataset.episodes });
  }
}

function thinTable({ lengths, step, episode }: EpisodeTable, every: number): EpisodeTable {
  const rows: number[] = [];
  let first = 0;
  for (const length of lengths) {
    for (let row = 0; row < length; row += every) rows.push(first + row);
    first += length;
  }
  return {
    lengths: lengths.map((length) => Math.ceil(length / every)),
    step: Object.fromEntries(
      Object.entries(step).map(([name, column]) => [name, rowsOf(column, rows)]),
    ),
    episode,
  };
}

function rowsOf({ dtype, shape, data }: Column, rows: readonly number[]): Column {
  const size = rowSize(shape), kept = createColumnData(dtype, rows.length * size);
  for (const [i, row] of rows.entries()) {
    copyData(kept, data.subarray(row * size, (row + 1) * size), i * size);
  }
  return { dtype, shape, data: kept };
}
