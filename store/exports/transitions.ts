import { setImmediate } from "node:timers/promises";
import type { JsonValue } from "../../core/canonical.ts";
import { type ColumnData, rowSize, typedData } from "../../core/episode.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { type ExportControl, registerExporter } from "./exporters.ts";
import { type ArrayHeader, NpzWriter } from "./npz.ts";
import { type PaddedArray, padEpisodes } from "./padded_episodes.ts";

/**
 * Exports transitions in the layout of `generate_pusht_dataset()`: one archive of padded arrays, as
 * `padEpisodes()` names them, and a `.meta.json` with counts, success, coverage, sizes, and the
 * minimum and maximum of every number.
 */

/** Episodes read at a time. */
const BATCH = 256;

registerExporter({
  name: "transitions",
  description: "one .npz of padded arrays with masks, and a .meta.json beside it",
  extension: ".npz",
  sidecar: ".meta.json",
  write: writeTransitions,
});

async function writeTransitions(
  dataset: Dataset,
  path: string,
  { signal, onProgress }: ExportControl,
): Promise<string> {
  const { episodes } = dataset, arrays = await padEpisodes(dataset);
  const headers = arrays.map((array) => headerOf(array, episodes));
  using writer = new NpzWriter(path, headers);
  const bounds = arrays.map(({ components }) => new Bounds(components.length));

  async function* piecesOf(pass: number): AsyncGenerator<ColumnData> {
    for (let first = 0; first < episodes; first += BATCH) {
      await setImmediate(); // a turn of the event loop, in which an abort arrives
      signal?.throwIfAborted();
      const end = Math.min(first + BATCH, episodes), array = arrays[pass]!;
      const data = await array.read(first, end);
      if (array.components.length > 0) bounds[pass]!.include(data, array, [first, end]);
      yield data;
      // Every array is a pass over the episodes: what is told is the share of all passes.
      const done = Math.floor((pass * episodes + end) / arrays.length);
      onProgress?.({ episodes: done, total: episodes });
    }
  }

  for (const [pass, header] of headers.entries()) await writer.add(header, piecesOf(pass));
  writer.finish();
  return JSON.stringify(await summarize(dataset, arrays, bounds), null, 2) + "\n";
}

function headerOf({ name, dtype, shape }: PaddedArray, episodes: number): ArrayHeader {
  return { name, dtype, shape: [episodes, ...shape] };
}

/** Least and greatest of every component over the rows that are there. */
class Bounds {
  readonly min: number[];
  readonly max: number[];

  constructor(width: number) {
    this.min = Array(width).fill(Infinity);
    this.max = Array(width).fill(-Infinity);
  }

  include(
    data: ColumnData,
    { shape, rowsOf }: PaddedArray,
    [first, end]: readonly [number, number],
  ): void {
    const width = this.min.length, stride = rowSize(shape);
    for (let episode = first; episode < end; episode++) {
      const start = (episode - first) * stride;
      for (let i = 0; i < rowsOf(episode) * width; i++) {
        const value = Number(data[start + i]), component = i % width;
        if (value < this.min[component]!) this.min[component] = value;
        if (value > this.max[component]!) this.max[component] = value;
      }
    }
  }
}

async function summarize(
  dataset: Dataset,
  arrays: readonly PaddedArray[],
  bounds: readonly Bounds[],
): Promise<JsonValue> {
  const { schema, episodes, steps, commit } = dataset;
  const named = (name: string) => arrays.find((array) => array.name === name)!; // padEpisodes() has it
  const success = (await dataset.readEpisodes("success")).data;
  const successes = typedData(success, Uint8Array).reduce((sum, value) => sum + value, 0); // bool
  const bounded = arrays.flatMap(({ name, components }, i) =>
    components.length > 0 && episodes > 0 ? [[name, bounds[i]!] as const] : []
  );
  return {
    dataset: commit.digest,
    environment: schema.environment,
    ...(schema.options && { options: schema.options }),
    num_trajectories: episodes,
    num_transitions: steps,
    max_steps: named("actions").shape[0]!,
    dt: 1 / schema.controlHz,
    success_count: successes,
    success_rate: episodes === 0 ? 0 : successes / episodes,
    ...await summarizeCoverage(dataset),
    observation_dim: named("observations").components.length,
    action_dim: named("actions").components.length,
    condition_dim: named("conditions").components.length,
    observation_names: named("observations").components,
    action_names: named("actions").components,
    condition_names: named("conditions").components,
    global_min: Object.fromEntries(bounded.map(([name, { min }]) => [name, min])),
    global_max: Object.fromEntries(bounded.map(([name, { max }]) => [name, max])),
  };
}

/** Means over episodes of the largest and of the last coverage; nothing if none is stored. */
async function summarizeCoverage(dataset: Dataset): Promise<Record<string, number>> {
  const known = dataset.schema.step.some(({ name }) => name === "info/coverage");
  if (!known || dataset.episodes === 0) return {};
  const { data } = await dataset.readSteps("info/coverage", 0, dataset.steps);
  let start = 0, largest = 0, final = 0;
  for (const end of dataset.episodeEnds) {
    const coverage = Array.from(data.subarray(start, end), Number);
    largest += Math.max(0, ...coverage);
    final += coverage.at(-1) ?? 0;
    start = end;
  }
  const { episodes } = dataset;
  return { mean_max_coverage: largest / episodes, mean_final_coverage: final / episodes };
}
