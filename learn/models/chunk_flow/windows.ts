import { type Column, type EpisodeSource, rowSize } from "../../../core/episode.ts";
import type { ChunkConfig } from "./config.ts";
import { observationWidth } from "./config.ts";
import type { ChunkFeatures } from "./chunk_features.ts";

/** Columns of a {@linkcode windowSource}: features of a state, and the chunk that begins at it. */
export const STATE_COLUMN = "window/state", CHUNK_COLUMN = "window/chunk";

/**
 * Makes a dataset whose rows are windows of another: for each step, what a chunk policy would see
 * at it, and the actions from it on. Beyond the end of an episode, its last action is repeated.
 */
export function windowSource(
  source: EpisodeSource,
  config: ChunkConfig,
  features: ChunkFeatures,
): EpisodeSource {
  const windows: Windows = { source, config, features };
  return {
    ...source,
    readEpisodes: (field) => source.readEpisodes(field),
    readSteps: (field, start, end) =>
      field === STATE_COLUMN ? readStates(windows, start, end) : readChunks(windows, start, end),
  };
}

interface Windows {
  readonly source: EpisodeSource;
  readonly config: ChunkConfig;
  readonly features: ChunkFeatures;
}

/** Reads what the policy would see in rows [start, end). */
async function readStates(
  { source, config, features }: Windows,
  start: number,
  end: number,
): Promise<Column> {
  const { nObsSteps } = config, { width } = features, states = observationWidth(config);
  const observed = await readRows(source, namesOf(config), Math.max(0, start - nObsSteps + 1), end);
  const acted = await readRows(source, ["action"], Math.max(0, start - 1), end);
  const data = new Float64Array((end - start) * width);
  const previous = new Float64Array((nObsSteps - 1) * states);
  const lastAction = new Float64Array(config.action.width);
  for (const { row, begin } of rowsOf(source.episodeEnds, start, end)) {
    const present = observed(row);
    for (let k = 1; k < nObsSteps; k++) {
      previous.set(observed(Math.max(begin, row - k)), (k - 1) * states);
    }
    if (row === begin) features.firstAction(present, lastAction);
    else lastAction.set(acted(row - 1));
    const at = (row - start) * width, out = data.subarray(at, at + width);
    features.encodeState({ observation: present, previous, lastAction }, out);
  }
  return { dtype: "float64", shape: [width], data };
}

/** The chunks that begin at rows [start, end). @returns `[end − start, horizon · A]` */
async function readChunks(
  { source, config, features }: Windows,
  start: number,
  end: number,
): Promise<Column> {
  const { horizon, action } = config, size = action.width;
  const observed = await readRows(source, namesOf(config), start, end);
  const last = Math.min(source.steps, end + horizon - 1);
  const labels = await readRows(source, [action.field], start, last);
  const width = horizon * size, data = new Float64Array((end - start) * width);
  const actions = new Float64Array(width);
  for (const { row, last } of rowsOf(source.episodeEnds, start, end)) {
    for (let k = 0; k < horizon; k++) actions.set(labels(Math.min(last, row + k)), k * size);
    const at = (row - start) * width;
    features.encodeActions(observed(row), actions, data.subarray(at, at + width));
  }
  return { dtype: "float64", shape: [width], data };
}

function namesOf({ observation }: ChunkConfig): readonly string[] {
  return observation.map(({ field }) => field);
}

/** Rows [start, end) of fields side by side, as a reader of them by row. */
async function readRows(
  source: EpisodeSource,
  fields: readonly string[],
  start: number,
  end: number,
): Promise<(row: number) => Float64Array> {
  const columns = await Promise.all(fields.map((field) => source.readSteps(field, start, end)));
  const width = columns.reduce((sum, { shape }) => sum + rowSize(shape), 0);
  const rows = new Float64Array((end - start) * width);
  let offset = 0;
  for (const { data, shape } of columns) {
    const count = rowSize(shape);
    for (let row = 0; row < end - start; row++) {
      for (let i = 0; i < count; i++) {
        rows[row * width + offset + i] = Number(data[row * count + i]);
      }
    }
    offset += count;
  }
  return (row) => rows.subarray((row - start) * width, (row - start + 1) * width);
}

/** Rows [start, end) with the first and the last row of their episode. */
function* rowsOf(episodeEnds: Float64Array, start: number, end: number) {
  let episode = episodeOf(episodeEnds, start);
  for (let row = start; row < end; row++) {
    while (episodeEnds[episode]! <= row) episode++;
    yield {
      row,
      begin: episode === 0 ? 0 : episodeEnds[episode - 1]!,
      last: episodeEnds[episode]! - 1,
    };
  }
}

/** The episode of a row, by bisection. */
function episodeOf(episodeEnds: Float64Array, row: number): number {
  let low = 0, high = episodeEnds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (episodeEnds[middle]! <= row) low = middle + 1;
    else high = middle;
  }
  return low;
}
