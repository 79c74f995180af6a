import { findKind } from "../../pipelines/kinds/mod.ts";
import type { EpisodeTable, FieldSpec } from "../../core/episode.ts";
import { environmentOf, EpisodeView, renderFilmStrip } from "../../sim/mod.ts";
import { readShard } from "../../store/mod.ts";
import type { FilmStripReport } from "../../view/report_model.ts";
import type { ReportedStage } from "./reported_stage.ts";
import { outcomesOf } from "./learning.ts";
import { shardsOf } from "./shards.ts";

/** Images of a strip, and their size in pixels: eight fit side by side in the report. */
const STRIP = { frames: 8, width: 160, height: 120 };

/** Episodes of a camera's contact sheet: what varies from one to the next is seen. */
const SHEET_EPISODES = 3;

function isImage({ dtype, shape }: FieldSpec): boolean {
  return dtype === "uint8" && shape.length === 3 && shape[2] === 3;
}

/** Recorded images of an episode, from its first step to its last, evenly apart. */
function recordedStrip(table: EpisodeTable, episode: number, { name, shape }: FieldSpec) {
  const { data, size, count } = new EpisodeView(table, episode).step(name)!; // the schema has it
  const [rows = 0, columns = 0] = shape; // see isImage()
  // Every so many-th pixel of what is larger than the report's own images.
  const every = Math.max(1, Math.ceil(columns / STRIP.width));
  const width = Math.ceil(columns / every), height = Math.ceil(rows / every);
  const frames = Array.from({ length: STRIP.frames }, (_, frame) => {
    const first = size * Math.round(frame * (count - 1) / (STRIP.frames - 1));
    return Uint8Array.from({ length: 3 * width * height }, (_, i) => {
      const pixel = Math.floor(i / 3);
      const row = every * Math.floor(pixel / width), column = every * (pixel % width);
      return Number(data[first + 3 * (row * columns + column) + i % 3]);
    });
  });
  return { width, height, frames };
}

/**
 * Strips of the first episode of each stage and of its first failure in the first shard, and of what
 * cameras recorded in the first ones.
 */
export async function gatherFilmStrips(
  stages: readonly ReportedStage[],
): Promise<FilmStripReport[]> {
  const reports: FilmStripReport[] = [];
  for (const stage of stages) {
    const { name } = stage.plan;
    if (!findKind(stage.plan.kind)?.simulates) continue;
    const [first] = shardsOf(stage);
    if (first === undefined) continue;
    const { schema, table } = await readShard(first);
    const environment = environmentOf(schema);
    const outcomes = outcomesOf(table);
    const failure = outcomes.findIndex(({ success }) => !success);
    for (const episode of new Set([0, failure])) {
      if (episode < 0) continue;
      const strip = await renderFilmStrip(environment, table, episode, STRIP);
      const outcome = outcomes[episode]!;
      reports.push({ stage: name, outcome, controlHz: schema.controlHz, ...strip });
    }
    for (const field of schema.step.filter(isImage)) {
      for (const [episode, outcome] of outcomes.slice(0, SHEET_EPISODES).entries()) {
        if (outcome.length === 0) continue;
        const strip = recordedStrip(table, episode, field);
        const { controlHz } = schema;
        reports.push({ stage: name, outcome, controlHz, recorded: field.name, ...strip });
      }
    }
  }
  return reports;
}
