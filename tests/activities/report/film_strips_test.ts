import assert from "node:assert/strict";
import { gatherFilmStrips } from "../../../activities/report/film_strips.ts";
import type { ReportedStage } from "../../../activities/report/reported_stage.ts";
import { compilePipeline, generatePipeline } from "../../../pipelines/mod.ts";
import { getEnvironment, rolloutCandidates } from "../../../sim/mod.ts";
import { shardDirectory, writeShard } from "../../../store/mod.ts";
import { CONTEXT } from "../../pipelines/_context.ts";
import { withDirectory } from "../../store/_episodes.ts";

Deno.test("gatherFilmStrips() shows what cameras recorded, large pictures smaller", () =>
  withDirectory(async (directory) => {
    const camera = { height: 20, image: true, depth: true, segmentation: false, shadows: false };
    const cameras = [{ ...camera, width: 40 }, { ...camera, name: "wide", width: 400 }];
    const environment = getEnvironment("reach");
    const table = await rolloutCandidates({
      ...{ environment, policy: "scripted", seed: 1, stream: "s", first: 0, count: 2 },
      ...{ cameras, maxSteps: 4 },
    });
    const schema = environment.schema({ cameras });
    await writeShard(shardDirectory(directory, 0), table, { schema });
    const plan = compilePipeline(generatePipeline({ environment: "reach" }, 1), CONTEXT).stages[0]!;
    const stage: ReportedStage = { plan, directory: null, place: directory, result: null };
    const strips = (await gatherFilmStrips([stage])).filter(({ recorded }) => recorded);
    assert.deepEqual(
      strips.map(({ recorded, width, height }) => [recorded, width, height]),
      [
        ["observation/image", 40, 20],
        ["observation/image", 40, 20],
        ["observation/wide_image", 134, 7],
        ["observation/wide_image", 134, 7],
      ],
    );
    const stored = table.step["observation/image"]!.data, size = 40 * 20 * 3;
    assert.deepEqual(strips[0]!.frames[0], stored.slice(0, size));
    assert.deepEqual(strips[0]!.frames.at(-1), stored.slice(3 * size, 4 * size));
    const wide = table.step["observation/wide_image"]!.data;
    assert.deepEqual(strips[2]!.frames[0]!.slice(3, 6), wide.slice(9, 12));
  }));
