import { join } from "node:path";
import type { EpisodeSchema, EpisodeTable, FieldSpec } from "../../core/episode.ts";
import { mergeDatasets, shardDirectory, writeShard } from "../../store/mod.ts";
import { drawTable, LABELLED } from "./_episodes.ts";

/** A dataset with cameras, for LeRobot: one camera fits a video, the other has an odd side. */

const CAMERA = [32, 48, 3], ODD_CAMERA = [15, 16, 3];

export const SCHEMA: EpisodeSchema = {
  ...LABELLED,
  step: [
    ...LABELLED.step.filter(({ name }) => name !== "observation/image"),
    field("observation/gripper", "float32", []),
    field("observation/front_image", "uint8", CAMERA),
    field("observation/wrist_image", "uint8", ODD_CAMERA),
    field("depth", "float32", [3, 4]),
    field("touching", "bool", []),
  ],
};

function field(name: string, dtype: FieldSpec["dtype"], shape: readonly number[]): FieldSpec {
  return { name, dtype, shape, description: `Column ${name}` };
}

/** Images that a video can hold: slopes whose brightness tells the step. */
function drawImages(steps: number, [height, width]: readonly number[]): Uint8Array {
  const data = new Uint8Array(steps * height! * width! * 3);
  for (let at = 0, step = 0; step < steps; step++) {
    for (let y = 0; y < height!; y++) {
      for (let x = 0; x < width!; x++) {
        data[at++] = (40 + 7 * step) % 200;
        data[at++] = 60 + 2 * x;
        data[at++] = 200 - 3 * y;
      }
    }
  }
  return data;
}

function drawEpisodes(episodes: number): EpisodeTable {
  const table = drawTable({ schema: SCHEMA, episodes, longest: 20 });
  const steps = table.lengths.reduce((sum, length) => sum + length, 0);
  const images = (shape: readonly number[]) =>
    ({ dtype: "uint8", shape, data: drawImages(steps, shape) }) as const;
  return {
    ...table,
    step: {
      ...table.step,
      "observation/front_image": images(CAMERA),
      "observation/wrist_image": images(ODD_CAMERA),
    },
  };
}

/** Writes a merged dataset of so many episodes. @returns Its directory */
export async function writeDataset(directory: string, episodes = 6): Promise<string> {
  const generate = join(directory, "generate"), merged = join(directory, "merge");
  await writeShard(shardDirectory(generate, 0), drawEpisodes(episodes), { schema: SCHEMA });
  const input = { name: "g", directory: generate, verdicts: null, lastShard: 0, limit: episodes };
  const split = { train: 0.5, validation: 0.5, test: 0 };
  await mergeDatasets(merged, [input], { seed: 1, stream: "merge", split });
  return merged;
}
