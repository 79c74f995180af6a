import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { findFfmpeg } from "../../../runtime/data/ffmpeg.ts";
import { exportDataset, importDataset } from "../../../store/foreign.ts";
import { openDataset } from "../../../store/mod.ts";
import { pythonEnvironment, runPython } from "../../../tools/python_env.ts";
import { VideoEncoder } from "../../../view/video.ts";
import { floats, writeVersion2 } from "../../store/imports/_lerobot_dataset.ts";
import { withDirectory } from "../../store/_episodes.ts";
import { writeDataset } from "../../store/_lerobot.ts";

const GOLDEN = decodeURIComponent(
  new URL("../../golden/lerobot/dataset", import.meta.url).pathname,
);

/** Puts the FFmpeg of the environment of LeRobot on the PATH where there is no other. */
async function provideFfmpeg(): Promise<string | null> {
  if (await findFfmpeg() !== null) return null;
  const { python, reason } = await pythonEnvironment("lerobot");
  if (python === null) return `no FFmpeg on the PATH; LeRobot is ${reason}`;
  const code = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())";
  const program = (await runPython(python, code)).trim(), link = join(dirname(program), "ffmpeg");
  await Deno.symlink(program, link).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
  Deno.env.set("PATH", `${dirname(program)}:${Deno.env.get("PATH")}`);
  return null;
}

const reason = await provideFfmpeg();
const skipped = reason === null ? "" : ` (skipped: ${reason})`;

/** Mean of each image's first channel. */
function reds(data: ArrayLike<number | bigint>, pixels: number): number[] {
  const frames = data.length / (3 * pixels);
  return Array.from({ length: frames }, (_, frame) => {
    let sum = 0;
    for (let pixel = 0; pixel < pixels; pixel++) sum += Number(data[3 * (frame * pixels + pixel)]);
    return sum / pixels;
  });
}

function assertNear(found: readonly number[], wanted: readonly number[], tolerance: number): void {
  assert.equal(found.length, wanted.length);
  found.forEach((value, i) =>
    assert.ok(Math.abs(value - wanted[i]!) < tolerance, `${i}: ${value} for ${wanted[i]}`)
  );
}

Deno.test({
  name: `findFfmpeg() decodes the videos of an import, each frame to its step${skipped}`,
  ignore: reason !== null,
  fn: () =>
    withDirectory(async (directory) => {
      const openFrames = await findFfmpeg();
      const { leftOut } = await importDataset(GOLDEN, join(directory, "golden"), {
        seed: 0,
        openFrames,
      });
      assert.deepEqual(leftOut, ["note (string)"]);
      const golden = await openDataset(join(directory, "golden"));
      const film = (await golden.readSteps("observation/film_image", 0, golden.steps)).data;
      const wanted = [4, 5, 6].flatMap((length, e) =>
        Array.from({ length }, (_, t) => 40 * e + 5 * t)
      );
      assertNear(reds(film, 16 * 16), wanted, 2.5);

      const stored = await openDataset(await writeDataset(directory, 12));
      const out = join(directory, "out"), target = join(directory, "in");
      await exportDataset(stored.directory, out, "lerobot", { openVideo: VideoEncoder.open });
      await importDataset(out, target, { seed: 0, openFrames });
      const imported = await openDataset(target);
      assert.deepEqual(imported.schema, stored.schema);
      const pictures = async (dataset: typeof stored) =>
        reds((await dataset.readSteps("observation/front_image", 0, dataset.steps)).data, 32 * 48);
      assertNear(await pictures(imported), await pictures(stored), 3.5);
    }),
});

Deno.test({
  name: `findFfmpeg() says which video it cannot decode${skipped}`,
  ignore: reason !== null,
  fn: () =>
    withDirectory(async (directory) => {
      const copy = join(directory, "copy"),
        video = "observation.images.film/chunk-000/file-000.mp4";
      await new Deno.Command("cp", { args: ["-r", GOLDEN, copy] }).output();
      await Deno.truncate(join(copy, "videos", video), 1000);
      const openFrames = await findFfmpeg();
      await assert.rejects(importDataset(copy, join(directory, "in"), { seed: 0, openFrames }), {
        name: "InvalidInputError",
        message: /file-000\.mp4": expected .*: copy the dataset again/s,
      });
    }),
});

Deno.test({
  name: `findFfmpeg() opens no playlist in the place of a video${skipped}`,
  ignore: reason !== null,
  fn: () =>
    withDirectory(async (directory) => {
      const open = await findFfmpeg();
      const hls =
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:other.mp4\n#EXT-X-ENDLIST\n";
      const playlists = [hls, "ffconcat version 1.0\nfile other.mp4\n"];
      for (const text of playlists) {
        const file = join(directory, "video.mp4");
        await Deno.writeTextFile(file, text);
        await using source = open!(file, { width: 16, height: 16 });
        await assert.rejects(source.read(1), {
          name: "InvalidInputError",
          // What FFmpeg says of it depends on its version.
          message: /Format not on whitelist|Not detecting m3u8/,
        });
      }
    }),
});

Deno.test({
  name: `importDataset() reads the videos of LeRobot v2.1, one for each episode${skipped}`,
  ignore: reason !== null,
  fn: () =>
    withDirectory(async (directory) => {
      const source = join(directory, "source"), lengths = [3, 2];
      const camera = "observation.images.top", feature = { dtype: "video", shape: [32, 48, 3] };
      const index = { dtype: "int64", shape: [1] };
      await writeVersion2(source, {
        lengths,
        tasks: { 0: "Push it" },
        columns: { action: floats([0, 1, 2, 3, 4]) },
        info: {
          features: { action: { dtype: "float32", shape: [1] }, [camera]: feature, index },
        },
      });
      for (const [episode, length] of lengths.entries()) {
        using video = await VideoEncoder.open({
          width: 48,
          height: 32,
          fps: 10,
          keyframePeriod: 2,
        });
        for (let step = 0; step < length; step++) {
          video.add(new Uint8Array(32 * 48 * 3).fill(40 + 60 * episode + 20 * step));
        }
        const file = join(source, "videos/chunk-000", camera, `episode_00000${episode}.mp4`);
        await Deno.mkdir(dirname(file), { recursive: true });
        await Deno.writeFile(file, video.finish());
      }
      const target = join(directory, "target");
      await importDataset(source, target, { seed: 0, openFrames: await findFfmpeg() });
      const dataset = await openDataset(target);
      const { data } = await dataset.readSteps("observation/top_image", 0, 5);
      assertNear(reds(data, 32 * 48), [40, 60, 80, 100, 120], 6);
    }),
});
