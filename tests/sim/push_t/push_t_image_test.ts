import assert from "node:assert/strict";
import { join } from "node:path";
import { createRandom } from "../../../core/random.ts";
import { getEnvironment, renderEpisode, rolloutCandidates } from "../../../sim/mod.ts";
import { createPushTDrawing } from "../../../sim/push_t/push_t_image.ts";
import { pythonEnvironment, runPython } from "../../../tools/python_env.ts";

const pushT = getEnvironment("push-t", { engine: "chipmunk" });
const { python, reason } = await pythonEnvironment("tests");

Deno.test("createPushTDrawing() shows goal, block and agent with smooth edges", () => {
  const pose = [100, 400, 0, 0, 300, 100, 0];
  const size = { width: 128, height: 128 };
  const image = createPushTDrawing(size)({ pose, target: null });
  const colourAt = (x: number, y: number) => {
    const at = 3 * (Math.floor(y / 4) * 128 + Math.floor(x / 4));
    return [...image.subarray(at, at + 3)];
  };
  assert.deepEqual(colourAt(100, 400), [65, 105, 225]);
  assert.deepEqual(colourAt(300, 115), [119, 136, 153]);
  assert.deepEqual(colourAt(300, 200), [119, 136, 153]);
  assert.deepEqual(colourAt(245, 267), [144, 238, 144]);
  assert.deepEqual(colourAt(400, 400), [255, 255, 255]);
  const blended = image.filter((_, i) => i % 3 === 0 && ![255, 65, 119, 144].includes(image[i]!));
  assert.ok(blended.length > 100, `${blended.length}`);
});

/** How many pixels are of a colour, or nearly so. */
function count(image: Uint8Array, colour: readonly [number, number, number]): number {
  let found = 0;
  for (let at = 0; at < image.length; at += 3) {
    if (colour.every((value, i) => Math.abs(image[at + i]! - value) < 24)) found++;
  }
  return found;
}

const RED = [255, 0, 0] as const, ORANGE = [255, 140, 0] as const;

Deno.test("push-t: a picture shows where the agent is driven, after a step alone", async () => {
  using world = await pushT.create();
  const size = { width: 192, height: 192 };
  world.reset(createRandom(1, "start", 0));
  const before = world.snapshot();
  assert.equal(count(world.render(size), RED), 0);
  world.step(Float32Array.of(400, 60));
  const after = world.render(size);
  assert.ok(count(after, RED) >= 30);
  // The middle of the cross.
  const at = 3 * (Math.floor(60 * 192 / 512) * 192 + Math.floor(400 * 192 / 512));
  assert.deepEqual([...after.subarray(at, at + 3)], [...RED]);
  world.restore(before);
  assert.equal(count(world.render(size), RED), 0);
});

Deno.test("push-t: pictures of a movement show its path, those of another policy none", async () => {
  const size = { width: 128, height: 128 };
  const options = { environment: pushT, seed: 3, stream: "generate", first: 0, count: 3 };
  for (const policy of ["dmp", "random"]) {
    const table = await rolloutCandidates({ ...options, policy, maxSteps: 20 });
    for (const episode of [0, 1, 2]) {
      const frames: Uint8Array[] = [];
      for await (const frame of renderEpisode(pushT, table, episode, size)) frames.push(frame);
      assert.equal(frames.length, table.lengths[episode]! + 1);
      const third: Uint8Array[] = [];
      const sparse = { ...size, every: 3 };
      for await (const frame of renderEpisode(pushT, table, episode, sparse)) third.push(frame);
      assert.deepEqual(third, frames.filter((_, state) => state % 3 === 0));
      const shown = frames.map((frame) => count(frame, ORANGE));
      if (policy === "random") assert.deepEqual(shown, shown.map(() => 0));
      else assert.ok(Math.min(...shown) > 0, shown.join());
    }
  }
});

/** Renders poses as gym-pusht does: [agent x, y, block x, y, angle, target x, y] after a step. */
const RENDER = `
import json, sys, numpy
from gym_pusht.envs.pusht import PushTEnv
env = PushTEnv(visualization_width=96, visualization_height=96)
random = numpy.random.default_rng(0)
poses, frames = [], []
for episode in range(8):
    env.reset(seed=episode)
    action = random.uniform(40, 470, 2)
    for _ in range(5):
        info = env.step(action)[-1]
    frames.append(env.render())
    poses.append([*info["pos_agent"], *info["block_pose"], *action])
numpy.stack(frames).tofile(sys.argv[1])
print(json.dumps(poses))
`;

Deno.test({
  name: `push-t: images are gym-pusht's, with smooth edges${reason ? ` (skipped: ${reason})` : ""}`,
  ignore: python === null,
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "sluice-picture-" });
    try {
      const file = join(directory, "frames.bin");
      const poses: number[][] = JSON.parse(await runPython(python!, RENDER, [file]));
      const frames = await Deno.readFile(file), bytes = 3 * 96 * 96;
      const draw = createPushTDrawing({ width: 96, height: 96 });
      for (const [i, pose] of poses.entries()) {
        const [agentX = 0, agentY = 0, x = 0, y = 0, angle = 0, targetX = 0, targetY = 0] = pose;
        const ours = draw({
          pose: [agentX, agentY, 0, 0, x, y, angle],
          target: [targetX, targetY],
        });
        const theirs = frames.subarray(i * bytes, (i + 1) * bytes);
        const error = ours.reduce((sum, value, at) => sum + Math.abs(value - theirs[at]!), 0) /
          bytes;
        // Of 255: outlines and rounding to whole pixels are theirs; a block out of place is 5 more.
        assert.ok(error < 2.4, `picture ${i}: mean difference ${error}`);
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
