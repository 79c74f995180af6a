import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { pythonEnvironment, runPython } from "../../tools/python_env.ts";
import { paceOf, VideoEncoder } from "../../view/video.ts";

const { python, reason } = await pythonEnvironment("tests");

const OPTIONS = { width: 64, height: 48, fps: 20, keyframePeriod: 10 };

/** A square that moves over a ramp: soft and hard edges. */
function frame(index: number): Uint8Array {
  const { width, height } = OPTIONS;
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const column = Math.floor(i / 3) % width, row = Math.floor(i / 3 / width);
    const inside = Math.abs(column - 10 - index) < 6 && Math.abs(row - 24) < 6;
    return inside ? 230 : 2 * column + row;
  });
}

async function encode(frames: number): Promise<Uint8Array> {
  using video = await VideoEncoder.open(OPTIONS);
  for (let index = 0; index < frames; index++) video.add(frame(index));
  return video.finish();
}

// First, because the encoder is loaded once.
Deno.test("VideoEncoder leaves errors that nobody catches to the program", async () => {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const own = () => {};
  for (const event of events) process.on(event, own);
  try {
    assert.ok((await encode(1)).length > 0);
    assert.deepEqual(events.map((event) => process.rawListeners(event)), [[own], [own]]);
  } finally {
    for (const event of events) process.off(event, own);
  }
});

Deno.test("VideoEncoder gives the same bytes again, and beside another", async () => {
  const alone = await encode(40);
  using first = await VideoEncoder.open(OPTIONS);
  using second = await VideoEncoder.open(OPTIONS);
  for (let index = 0; index < 40; index++) {
    first.add(frame(index));
    second.add(frame(39 - index));
  }
  assert.deepEqual(first.finish(), alone);
  assert.notDeepEqual(second.finish(), alone);
});

Deno.test("VideoEncoder can be given up under way", async () => {
  for (const frames of [0, 1, 3]) {
    using video = await VideoEncoder.open(OPTIONS);
    for (let index = 0; index < frames; index++) video.add(frame(index));
  }
  assert.ok((await encode(2)).length > 0);
});

Deno.test("VideoEncoder refuses odd sides and frames of another size", async () => {
  await assert.rejects(VideoEncoder.open({ ...OPTIONS, width: 63 }), RangeError);
  using video = await VideoEncoder.open(OPTIONS);
  assert.throws(() => video.add(new Uint8Array(12)), RangeError);
  assert.throws(() => video.finish(), RangeError);
});

const DECODE = `
import av, json, numpy, sys
container = av.open(sys.argv[1])
stream = container.streams.video[0]
frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
wanted = numpy.fromfile(sys.argv[2], numpy.uint8).reshape(len(frames), ${OPTIONS.height}, -1, 3)
error = numpy.abs(numpy.stack(frames).astype(int) - wanted).mean()
container.seek(0)
# A container that lists no key frames calls every packet one until it is decoded.
keys = [i for i, packet in enumerate(container.demux(stream)) if packet.is_keyframe]
container.seek(int(14.5 / ${OPTIONS.fps} / stream.time_base), stream=stream)
landed = next(container.decode(stream))
print(json.dumps({"codec": stream.codec_context.name, "frames": len(frames),
    "keys": keys, "landed": round(landed.time * ${OPTIONS.fps}),
    "fps": float(stream.average_rate), "error": float(error)}))
`;

Deno.test({
  name: `FFmpeg decodes what VideoEncoder was given${reason ? ` (skipped: ${reason})` : ""}`,
  ignore: python === null,
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "sluice-video-" });
    try {
      const video = join(directory, "video.mp4"), raw = join(directory, "frames.bin");
      await Deno.writeFile(video, await encode(40));
      const frames = Array.from({ length: 40 }, (_, index) => [...frame(index)]).flat();
      await Deno.writeFile(raw, Uint8Array.from(frames));
      const found = JSON.parse(await runPython(python!, DECODE, [video, raw]));
      assert.deepEqual([found.codec, found.frames, found.fps], ["h264", 40, OPTIONS.fps]);
      assert.deepEqual([found.keys, found.landed], [[0, 10, 20, 30], 10]);
      assert.ok(found.error < 6, `mean error of ${found.error} of 255`);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("paceOf() keeps the pace of an episode in at most 50 frames per second", () => {
  assert.deepEqual([10, 20, 50].map(paceOf), [10, 20, 50].map((fps) => ({ fps, every: 1 })));
  assert.deepEqual(paceOf(250), { fps: 50, every: 5 });
});
