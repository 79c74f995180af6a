import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { getEnvironment, renderFilmStrip, rolloutCandidates } from "../../../sim/mod.ts";

const environment = getEnvironment("reach");
const size = { width: 64, height: 48 };

Deno.test("renderFilmStrip() shows an episode from its first state to its last", async () => {
  const table = await rolloutCandidates({
    environment,
    policy: "scripted",
    seed: 8,
    stream: "generate",
    first: 0,
    count: 2,
    randomize: true,
  });
  const strip = await renderFilmStrip(environment, table, 1, { frames: 4, ...size });
  assert.equal(strip.frames.length, 4);
  for (const frame of strip.frames) assert.equal(frame.length, 64 * 48 * 3);
  const again = await renderFilmStrip(environment, table, 1, { frames: 2, ...size });
  assert.deepEqual(again.frames, [strip.frames[0], strip.frames[3]]);
  assert.notDeepEqual(strip.frames[0], strip.frames[3]);
  const many = await renderFilmStrip(environment, table, 1, { frames: 40, ...size });
  assert.deepEqual(many.frames.at(-1), strip.frames[3]);
  const { "randomization/light_direction": _, ...episode } = table.episode;
  const unlit = await renderFilmStrip(environment, { ...table, episode }, 1, {
    frames: 2,
    ...size,
  });
  assert.notDeepEqual(unlit.frames, again.frames);
  await assert.rejects(
    renderFilmStrip(environment, table, 2, { frames: 1, ...size }),
    /episode 2: expected one of 2/,
  );
});

/** Pixels whose red, green and blue fulfil a condition. */
function count(image: Uint8Array, test: (r: number, g: number, b: number) => boolean): number {
  let found = 0;
  for (let i = 0; i < image.length; i += 3) {
    if (test(image[i]!, image[i + 1]!, image[i + 2]!)) found++;
  }
  return found;
}

Deno.test("World.render() shows arm, target, table and floor of a reach scene", async () => {
  using world = await environment.create();
  world.configure({});
  world.reset(createRandom(1, "start", 3));
  const image = world.render({ width: 160, height: 120 });
  const red = count(image, (r, g, b) => r > 120 && g < 0.5 * r && b < 0.5 * r);
  assert.ok(red >= 4 && red < 200, `target: ${red}`);
  const white = count(image, (r, _, b) => r > 200 && Math.abs(r - b) < 12);
  assert.ok(white > 200, `arm: ${white}`);
  const wood = count(image, (r, g, b) => r > 1.15 * g && g > 1.15 * b && g > 0.6 * r);
  assert.ok(wood > 2000, `table: ${wood}`);
  const shadow = count(image, (r, g, b) => r > 1.15 * g && g > 1.15 * b && r > 60 && r < 130);
  assert.ok(shadow > 100 && shadow < 0.5 * wood, `shadow: ${shadow}`);
  const grey = count(image, (r, g, b) => b > r && b < 200 && Math.abs(g - b) < 20);
  assert.ok(grey > 1000, `floor: ${grey}`);
});

Deno.test("World.render() follows light, colours and camera", async () => {
  using world = await environment.create();
  const images = [
    {},
    { light_direction: Float64Array.of(0.5, 0.5, -0.7) },
    { colour: new Float64Array(15).fill(0.1) },
    { field_of_view: Float64Array.of(70) },
    { camera_position: Float64Array.of(0.05, 0, 0) },
  ].map((draw) => {
    world.configure(draw);
    world.reset(createRandom(1, "start", 3));
    return world.render(size).join();
  });
  assert.equal(new Set(images).size, images.length);
});
