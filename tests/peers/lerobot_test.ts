import assert from "node:assert/strict";
import { join } from "node:path";
import { type EpisodeTable, typedData } from "../../core/episode.ts";
import { exportDataset } from "../../store/foreign.ts";
import { type Dataset, openDataset } from "../../store/mod.ts";
import { pythonEnvironment, runPython } from "../../tools/python_env.ts";
import { VideoEncoder } from "../../view/video.ts";
import { withDirectory } from "../store/_episodes.ts";
import { writeDataset } from "../store/_lerobot.ts";

/** What LeRobot itself loads, against what was exported. */

const { python, reason } = await pythonEnvironment("lerobot");

type Values = number | boolean | readonly Values[];

/** What `lerobot_read.py` prints. */
interface Loaded {
  readonly fps: number;
  readonly tasks: readonly string[];
  readonly episodes: readonly { readonly length: number; readonly first: number }[];
  readonly task: readonly string[];
  readonly rows: Readonly<Record<string, readonly Values[]>>;
  readonly policy: Readonly<Record<string, string>>;
  readonly batch: Readonly<Record<string, readonly number[]>>;
  readonly written: readonly Statistics[];
  readonly computed: readonly Statistics[];
  readonly total_written: Statistics;
  readonly total_computed: Statistics;
}

type Statistics = Readonly<Record<string, Readonly<Record<string, readonly Values[]>>>>;

async function load(directory: string, cache: string): Promise<Loaded> {
  const code = await Deno.readTextFile(new URL("lerobot_read.py", import.meta.url));
  return JSON.parse(await runPython(python!, code, [directory, cache]));
}

function flat(values: Values): number[] {
  return typeof values === "object" ? values.flatMap(flat) : [Number(values)];
}

/** Largest distance of two lists of numbers. */
function apart(a: Values, b: Values): number {
  const left = flat(a), right = flat(b);
  assert.equal(left.length, right.length);
  return left.reduce((most, value, i) => Math.max(most, Math.abs(value - right[i]!)), 0);
}

/** Rows of the episodes that have any, one after another. */
async function readAll(dataset: Dataset): Promise<EpisodeTable> {
  return await dataset.readTable(0, dataset.episodes);
}

/** Statistics agree, those of a lossy video within its loss. */
function assertStatistics(written: Statistics, computed: Statistics): void {
  assert.deepEqual(Object.keys(written).sort(), Object.keys(computed).sort());
  for (const [feature, moments] of Object.entries(computed)) {
    for (const [moment, values] of Object.entries(moments)) {
      const range = apart(moments["max"]!, moments["min"]!);
      const scale = Math.max(1, ...flat(moments["max"]!).map(Math.abs));
      const tolerance = feature.endsWith("front") && moment !== "count"
        ? (moment === "mean" || moment === "std" ? 3 : 12) / 255
        : moment === "std"
        ? 1e-6 * scale + range / 1000 // LeRobot takes it from the difference of two squares
        : 1e-6 * scale;
      const found = apart(written[feature]![moment]!, values);
      assert.ok(found <= tolerance, `${feature} ${moment}: ${found} > ${tolerance}`);
    }
  }
}

Deno.test({
  name: `LeRobot loads the rows, pictures, times and statistics that exportDataset() wrote${
    reason === null ? "" : ` (skipped: ${reason})`
  }`,
  ignore: python === null,
  fn: () =>
    withDirectory(async (directory) => {
      const stored = await writeDataset(directory), target = join(directory, "out");
      await exportDataset(stored, target, "lerobot", {
        task: "Push the slope",
        openVideo: VideoEncoder.open,
      });
      const dataset = await openDataset(stored), { step, lengths } = await readAll(dataset);
      const loaded = await load(target, join(directory, "cache"));
      const { rows } = loaded, steps = [...lengths].filter((length) => length > 0);

      assert.equal(loaded.fps, dataset.schema.controlHz);
      assert.deepEqual(loaded.episodes.map(({ length }) => length), steps);
      assert.deepEqual(loaded.tasks, ["Push the slope"]);
      assert.ok(loaded.task.every((task) => task === "Push the slope"));

      const same = { action: "action", expert_action: "action_label", "next.reward": "reward" };
      for (const name of ["contacts", "depth", "touching"]) Object.assign(same, { [name]: name });
      for (const [feature, field] of Object.entries(same)) {
        assert.deepEqual(flat(rows[feature]!), Array.from(step[field]!.data, Number), feature);
      }
      const state = Array.from({ length: dataset.steps }, (_, row) => [
        ...typedData(step["observation/joint_pos"]!.data, Float32Array).subarray(
          7 * row,
          7 * row + 7,
        ),
        Number(step["observation/gripper"]!.data[row]),
      ]);
      assert.deepEqual(rows["observation.state"], state);

      const frames = steps.flatMap((length) => Array.from({ length }, (_, frame) => frame));
      assert.deepEqual(rows["frame_index"], frames);
      assert.deepEqual(rows["timestamp"], frames.map((frame) => Math.fround(frame / loaded.fps)));
      assert.deepEqual(rows["index"], frames.map((_, index) => index));
      assert.equal(flat(rows["next.done"]!).reduce((sum, done) => sum + done, 0), steps.length);

      // LeRobot puts channels first, in [0, 1].
      const pixels = (field: string) => {
        const { data, shape } = step[field]!, [height, width] = shape as [number, number];
        const size = height * width;
        return Float64Array.from({ length: data.length }, (_, at) => {
          const picture = Math.floor(at / (3 * size)), rest = at % (3 * size);
          return Number(data[picture * 3 * size + rest % size * 3 + Math.floor(rest / size)]) / 255;
        });
      };
      assert.ok(
        apart(rows["observation.images.wrist"]!, [...pixels("observation/wrist_image")]) < 1e-6,
      );
      const reds = (values: ArrayLike<number>) =>
        frames.map((_, frame) => {
          const first = frame * 3 * 32 * 48, size = 32 * 48;
          return Array.from({ length: size }, (_, i) => values[first + i]!)
            .reduce((sum, red) => sum + red) / size * 255;
        });
      const found = reds(flat(rows["observation.images.front"]!));
      // From one frame to the next it changes by 7: no other frame is as near.
      assert.ok(apart(found, reds(pixels("observation/front_image"))) < 3.5);

      for (const [episode, written] of loaded.written.entries()) {
        assertStatistics(written, loaded.computed[episode]!);
      }
      assertStatistics(loaded.total_written, loaded.total_computed);
      assert.deepEqual(loaded.policy, {
        "observation.state": "STATE",
        "action": "ACTION",
        "observation.images.front": "VISUAL",
        "observation.images.wrist": "VISUAL",
      });
      assert.deepEqual(loaded.batch, { "action": [4, 2, 4], "observation.state": [4, 1, 8] });
    }),
});
