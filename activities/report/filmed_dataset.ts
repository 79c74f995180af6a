import { setTimeout } from "node:timers/promises";
import { type Column, type FieldSpec, typedData } from "../../core/episode.ts";
import { type EnvironmentDefinition, renderEpisode } from "../../sim/mod.ts";
import { type Dataset, factsOf } from "../../store/mod.ts";

/** Name of the camera. */
const FILM_FIELD = "observation/scene_image";

/**
 * A dataset with one more camera: the recorded actions are simulated again from the recorded start,
 * with an image before each step. Nothing is stored; images are taken when a table is read.
 *
 * @param environment That the episodes are of
 * @param size Width and height in px
 */
export function filmDataset(
  dataset: Dataset,
  environment: EnvironmentDefinition,
  size: number,
): Dataset {
  const field: FieldSpec = {
    name: FILM_FIELD,
    dtype: "uint8",
    shape: [size, size, 3],
    description: "The scene before the step",
  };
  const { schema } = dataset;
  return {
    ...factsOf(dataset),
    schema: { ...schema, step: [...schema.step, field] },
    episodes: dataset.episodes,
    steps: dataset.steps,
    episodeEnds: dataset.episodeEnds,
    readRejects: () => dataset.readRejects(),
    readEpisodes: (name) => dataset.readEpisodes(name),
    readEpisodeRows: (name, first, end) => dataset.readEpisodeRows(name, first, end),

    readSteps(name, start, end) {
      if (name !== FILM_FIELD) return dataset.readSteps(name, start, end);
      throw new RangeError(`Cannot read steps of "${name}": pictures are taken by whole episodes`);
    },

    async readTable(first, end) {
      const table = await dataset.readTable(first, end);
      const steps = table.lengths.reduce((sum, length) => sum + length, 0);
      const frameSize = size * size * 3;
      const film: Column = { ...field, data: new Uint8Array(steps * frameSize) };
      let row = 0;
      for (const [episode, length] of table.lengths.entries()) {
        let step = 0;
        const frames = renderEpisode(environment, table, episode, { width: size, height: size });
        for await (const frame of frames) {
          await setTimeout(0); // a turn of the event loop: images take long, and an abort may come
          if (step === length) break; // the image after the last step belongs to no row
          typedData(film.data, Uint8Array).set(frame, (row + step++) * frameSize);
        }
        row += length;
      }
      return { ...table, step: { ...table.step, [FILM_FIELD]: film } };
    },
  };
}
