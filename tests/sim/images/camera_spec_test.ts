import assert from "node:assert/strict";
import { type EpisodeTable, typedData } from "../../../core/episode.ts";
import {
  type CameraSpec,
  getEnvironment,
  rolloutCandidates,
  type RolloutOptions,
  validateEpisodes,
} from "../../../sim/mod.ts";
import { digestTable, takeEpisode } from "../_tables.ts";

const PLAIN: CameraSpec = {
  width: 24,
  height: 16,
  image: true,
  depth: false,
  segmentation: false,
  shadows: true,
};
const TOP: CameraSpec = {
  ...PLAIN,
  name: "top",
  position: [0.45, 0, 1.5],
  target: [0.45, 0, 0],
  depth: true,
  segmentation: true,
};

const environment = getEnvironment("pick_place");
const options = {
  environment,
  policy: "scripted",
  seed: 5,
  stream: "generate",
  first: 0,
  count: 2,
  maxSteps: 12,
  randomize: { light_direction: true, colour: true, light_intensity: true, shadow_light: true },
  cameras: [PLAIN, TOP],
} satisfies RolloutOptions;

/** Column of images of a table. */
function imagesIn(table: EpisodeTable, name: string): Uint8Array {
  return typedData(table.step[name]!.data, Uint8Array);
}

Deno.test("rolloutCandidates() records the pictures of cameras, the same bytes in any batch", async () => {
  const table = await rolloutCandidates(options);
  const schema = environment.schema(options);
  const shapes = schema.step.filter(({ shape }) => shape.length > 1).map((field) =>
    [field.name, field.dtype, ...field.shape].join(" ")
  );
  assert.deepEqual(shapes, [
    "observation/image uint8 16 24 3",
    "observation/top_image uint8 16 24 3",
    "observation/top_depth float32 16 24",
    "observation/top_segmentation uint8 16 24",
  ]);
  const alone = await rolloutCandidates({ ...options, first: 1, count: 1 });
  assert.equal(digestTable(alone), digestTable(takeEpisode(table, 1)));
  const front = imagesIn(table, "observation/image"), size = 16 * 24 * 3;
  assert.notDeepEqual(front.subarray(0, size), front.subarray(11 * size, 12 * size), "it moves");
  assert.notDeepEqual(front.subarray(0, size), front.subarray(12 * size, 13 * size), "it varies");
  const unlit = await rolloutCandidates({ ...options, randomize: false });
  assert.deepEqual(
    imagesIn(unlit, "observation/top_segmentation").subarray(0, 384),
    imagesIn(table, "observation/top_segmentation").subarray(0, 384),
    "light and colour change no shape",
  );
  const { cameras: _, ...without } = options;
  const blind = await rolloutCandidates(without);
  assert.deepEqual(blind.step["action"], table.step["action"], "cameras change no movement");
});

Deno.test("validateEpisodes() finds a picture that no camera took", async () => {
  const table = await rolloutCandidates(options);
  const accepted = await validateEpisodes(environment, table, options);
  assert.deepEqual(accepted.map(({ reason }) => reason), [null, null]);
  const size = 16 * 24;
  imagesIn(table, "observation/top_segmentation")[12 * size + 7]! ^= 1;
  const [first, second] = await validateEpisodes(environment, table, options);
  assert.equal(first!.accepted, true);
  assert.equal(second!.reason, "picture_differs");
  const field = environment.schema(options).step.findIndex(({ name }) =>
    name.endsWith("top_segmentation")
  );
  assert.deepEqual(second!.figures, { field, pixel: 7 });
});

Deno.test("a camera of a flat environment takes its picture, and nothing else", async () => {
  const pushT = getEnvironment("push-t");
  const { randomize: _, ...plain } = options;
  const flat = { ...plain, environment: pushT, policy: "random", maxSteps: 2, cameras: [PLAIN] };
  const table = await rolloutCandidates(flat);
  assert.equal(imagesIn(table, "observation/image").length, 4 * 16 * 24 * 3);
  await assert.rejects(
    rolloutCandidates({ ...flat, cameras: [TOP] }),
    /camera "top": expected an image of view "scene"/,
  );
});
