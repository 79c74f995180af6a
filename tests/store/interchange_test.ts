import assert from "node:assert/strict";
import { join } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import { typedData } from "../../core/episode.ts";
import { asVector } from "../../sim/mod.ts";
import { exportDataset } from "../../store/foreign.ts";
import { mergeDatasets, openDataset } from "../../store/mod.ts";
import { pythonEnvironment, runPython } from "../../tools/python_env.ts";
import { withDirectory, writeChain } from "./_episodes.ts";
import { MOVEMENTS, writeMovements } from "./_movements.ts";

/** The layouts of S0 and S2, as NumPy reads them. */

const { python, reason } = await pythonEnvironment("tests");

function pythonTest(name: string, test: (python: string) => Promise<void>): void {
  const skipped = reason === null ? "" : ` (skipped: ${reason})`;
  Deno.test({ name: name + skipped, ignore: python === null, fn: () => test(python!) });
}

/** An array as NumPy sees it. */
interface NumpyArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const ARRAYS = `
import json, os, sys, numpy
def arrays(path):
    with numpy.load(path) as file:
        return {name: {"dtype": str(file[name].dtype), "shape": list(file[name].shape),
            "values": file[name].astype(float).ravel().tolist()} for name in file.files}
`;

const DUMP_SAMPLES = `${ARRAYS}
root = sys.argv[1]
index = [json.loads(line) for line in open(os.path.join(root, "index.jsonl"))]
print(json.dumps({"names": sorted(os.listdir(root)),
    "samples": sorted(os.listdir(os.path.join(root, "samples"))), "index": index,
    "arrays": [arrays(os.path.join(root, line["path"])) for line in index],
    "infos": [json.load(open(os.path.join(root, line["info_path"]))) for line in index]}))
`;

/** Fields of S0's index, in its order. */
const INDEX_FIELDS = [
  ...["id", "path", "info_path", "len", "success", "seed", "duration", "stiffness", "damping"],
  ...["terminated", "truncated", "dmp_dt", "dmp_alpha_s", "dmp_n_basis"],
  ...["scale_forcing_by_goal_delta", "start_pixels", "goal_pixels", "goal_pose", "weights"],
];

interface Samples {
  readonly names: readonly string[];
  readonly samples: readonly string[];
  readonly index: readonly Readonly<Record<string, JsonValue>>[];
  readonly arrays: readonly Readonly<Record<string, NumpyArray>>[];
  readonly infos: readonly {
    readonly reset_info: Readonly<Record<string, JsonValue>>;
    readonly step_infos: readonly Readonly<Record<string, JsonValue>>[];
  }[];
}

pythonTest(
  "NumPy finds S0's layout and every number of the dataset",
  (python) =>
    withDirectory(async (directory) => {
      const path = await writeMovements(directory), out = join(directory, "random_dmp_npz");
      await exportDataset(path, out, "npz");
      const found: Samples = JSON.parse(await runPython(python, DUMP_SAMPLES, [out]));
      assert.deepEqual(found.names, ["index.jsonl", "samples"]);
      const { episodes, seed } = MOVEMENTS;
      const stems = Array.from({ length: episodes }, (_, id) => String(id).padStart(6, "0"));
      assert.deepEqual(found.samples, stems.flatMap((stem) => [`${stem}.json`, `${stem}.npz`]));
      const dataset = await openDataset(path);
      for (let id = 0; id < episodes; id++) {
        const { lengths: [length = 0], step, episode } = await dataset.readTable(id, id + 1);
        const steps = (name: string) =>
          Array.from<number | bigint, number>(step[name]!.data, Number);
        const row = (name: string) =>
          Array.from<number | bigint, number>(episode[name]!.data, Number);
        const line = found.index[id]!, arrays = found.arrays[id]!, infos = found.infos[id]!;
        assert.deepEqual(Object.keys(line), INDEX_FIELDS);
        assert.deepEqual(line, {
          id,
          path: `samples/${stems[id]}.npz`,
          info_path: `samples/${stems[id]}.json`,
          len: length,
          success: row("success")[0] === 1,
          seed,
          duration: row("dmp/duration")[0],
          stiffness: row("dmp/stiffness")[0],
          damping: 2 * Math.sqrt(row("dmp/stiffness")[0]!),
          terminated: row("terminated")[0] === 1,
          truncated: false,
          dmp_dt: 0.0125,
          dmp_alpha_s: 1.2,
          dmp_n_basis: 3,
          scale_forcing_by_goal_delta: false,
          start_pixels: row("dmp/start_pixels"),
          goal_pixels: row("dmp/goal_pixels"),
          goal_pose: [256, 256, Math.PI / 4],
          weights: [row("dmp/weights").slice(0, 3), row("dmp/weights").slice(3)],
        });
        const done = Array(length).fill(0);
        if (line["terminated"]) done[length - 1] = 1;
        assert.deepEqual(arrays, {
          act: { dtype: "float32", shape: [length, 2], values: steps("action") },
          rew: { dtype: "float32", shape: [length], values: steps("reward") },
          done: { dtype: "bool", shape: [length], values: done },
          phase: {
            dtype: "float32",
            shape: [length + 1],
            values: [...steps("phase"), ...row("final_phase")],
          },
          time: {
            dtype: "float32",
            shape: [length + 1],
            values: Array.from({ length: length + 1 }, (_, t) => Math.fround(t / 10)),
          },
        });
        assert.deepEqual(infos.reset_info["block_pose"], row("reset_info/block_pose"));
        assert.equal(infos.step_infos.length, length);
        const coverage = infos.step_infos.map((info) => info["coverage"]);
        assert.deepEqual(coverage, steps("info/coverage"));
        assert.deepEqual(
          infos.step_infos.map((info) => info["is_success"]),
          steps("info/is_success").map((value) => value === 1),
        );
        assert.deepEqual(infos.step_infos.at(-1)!["vel_agent"], steps("info/vel_agent").slice(-2));
      }
    }),
);

const DUMP_TRANSITIONS = `${ARRAYS}
print(json.dumps({"arrays": arrays(sys.argv[1] + ".npz"),
    "meta": json.load(open(sys.argv[1] + ".meta.json"))}))
`;

interface Transitions {
  readonly arrays: Readonly<Record<string, NumpyArray>>;
  readonly meta: Readonly<Record<string, JsonValue>>;
}

async function dumpTransitions(python: string, dataset: string, stem: string) {
  await exportDataset(dataset, `${stem}.npz`, "transitions");
  return JSON.parse(await runPython(python, DUMP_TRANSITIONS, [stem])) as Transitions;
}

/** Rows of an array, each the numbers of one index of its first axis. */
function rowsOf({ shape, values }: NumpyArray): readonly (readonly number[])[] {
  const [count = 0] = shape, size = values.length / count;
  return Array.from({ length: count }, (_, i) => values.slice(i * size, (i + 1) * size));
}

pythonTest(
  "NumPy finds S2's padded arrays, and the metadata tells of them",
  (python) =>
    withDirectory(async (directory) => {
      const path = await writeMovements(directory), dataset = await openDataset(path);
      const { arrays, meta } = await dumpTransitions(python, path, join(directory, "pusht"));
      const { episodes } = dataset;
      const lengths = Array.from(
        dataset.episodeEnds,
        (end, i) => end - (dataset.episodeEnds[i - 1] ?? 0),
      );
      const longest = Math.max(...lengths);
      const shapes = Object.fromEntries(
        Object.entries(arrays).map(([name, { dtype, shape }]) => [name, [dtype, ...shape]]),
      );
      assert.deepEqual(shapes, {
        observations: ["float32", episodes, longest + 1, 5],
        observation_mask: ["bool", episodes, longest + 1],
        state_times: ["float32", episodes, longest + 1],
        actions: ["float32", episodes, longest, 2],
        action_mask: ["bool", episodes, longest],
        action_times: ["float32", episodes, longest],
        rewards: ["float32", episodes, longest],
        conditions: ["float32", episodes, 13],
      });
      const rows = Object.fromEntries(
        Object.entries(arrays).map(([name, array]) => [name, rowsOf(array)]),
      );
      const seen: number[][] = [[], [], [], [], []];
      for (const [id, length] of lengths.entries()) {
        const { step, episode } = await dataset.readTable(id, id + 1);
        const pad = (values: readonly number[], count: number) => [
          ...values,
          ...Array(count - values.length).fill(0),
        ];
        const row = (name: string) =>
          Array.from<number | bigint, number>(episode[name]!.data, Number);
        const states = Array.from({ length: length + 1 }, (_, t) =>
          ["agent_pos", "block_pos", "block_angle"].flatMap((name) => {
            const size = step[`observation/${name}`]!.shape[0]!;
            return t === length ? row(`final_observation/${name}`) : Array.from(
              step[`observation/${name}`]!.data.slice(t * size, (t + 1) * size),
              Number,
            );
          }));
        states.forEach((state) =>
          state.forEach((value, i) =>
            seen[i]!.push(value)
          )
        );
        const times = Array.from({ length: length + 1 }, (_, t) => Math.fround(t / 10));
        assert.deepEqual(rows["observations"]![id], pad(states.flat(), 5 * (longest + 1)));
        assert.deepEqual(
          rows["observation_mask"]![id],
          pad(Array(length + 1).fill(1), longest + 1),
        );
        assert.deepEqual(rows["state_times"]![id], pad(times, longest + 1));
        assert.deepEqual(
          rows["actions"]![id],
          pad(Array.from(step["action"]!.data, Number), 2 * longest),
        );
        assert.deepEqual(rows["action_mask"]![id], pad(Array(length).fill(1), longest));
        assert.deepEqual(rows["action_times"]![id], pad(times.slice(0, -1), longest));
        assert.deepEqual(
          rows["rewards"]![id],
          pad(Array.from(step["reward"]!.data, Number), longest),
        );
        const toWorkspace = (pixels: number) => pixels / 256 - 1;
        const weights = row("dmp/weights");
        const [startX = 0, startY = 0] = row("dmp/start_pixels").map(toWorkspace);
        const [goalX = 0, goalY = 0] = row("dmp/goal_pixels").map(toWorkspace);
        const vector = asVector({
          duration: row("dmp/duration")[0]!,
          start: [startX, startY],
          goal: [goalX, goalY],
          weights: [weights.slice(0, 3), weights.slice(3)],
          stiffness: row("dmp/stiffness")[0]!,
          damping: row("dmp/damping")[0]!,
        });
        assert.deepEqual(rows["conditions"]![id], [...Float32Array.from(vector)]);
      }
      const { global_min: least, global_max: greatest, ...told } = meta;
      const observations = (bounds: JsonValue | undefined) =>
        (bounds as Record<string, JsonValue>)["observations"]; // as the exporter writes it
      assert.deepEqual(observations(least), seen.map((values) => Math.min(...values)));
      assert.deepEqual(observations(greatest), seen.map((values) => Math.max(...values)));
      assert.equal(told["num_trajectories"], episodes);
      assert.equal(told["num_transitions"], dataset.steps);
      assert.equal(told["dt"], 0.1);
      assert.deepEqual(
        [told["observation_dim"], told["action_dim"], told["condition_dim"]],
        [5, 2, 13],
      );
      assert.deepEqual(told["condition_names"], [
        ...["duration", "start_0", "start_1", "goal_0", "goal_1"],
        ...["weights_0", "weights_1", "weights_2", "weights_3", "weights_4", "weights_5"],
        ...["stiffness", "damping"],
      ]);
      const success = typedData((await dataset.readEpisodes("success")).data, Uint8Array);
      assert.equal(told["success_count"], success.filter((value) => value === 1).length);
      assert.ok(Number(told["mean_max_coverage"]) >= Number(told["mean_final_coverage"]));
      assert.ok(Number(told["mean_final_coverage"]) > 0);
    }),
);

pythonTest(
  "NumPy finds transitions of any episodes, without conditions",
  (python) =>
    withDirectory(async (directory) => {
      const { generate } = await writeChain(directory, { shards: 1 });
      const input = { name: "g", directory: generate, verdicts: null, lastShard: 0, limit: 8 };
      const split = { train: 1, validation: 0, test: 0 }, merge = join(directory, "merge");
      await mergeDatasets(merge, [input], { seed: 1, stream: "merge", split });
      const { arrays, meta } = await dumpTransitions(python, merge, join(directory, "reach"));
      assert.deepEqual(arrays["conditions"]!.shape, [8, 0]);
      assert.equal(arrays["observations"]!.shape[2], 7); // joint_pos; an image is no state
      assert.equal(meta["condition_dim"], 0);
      assert.equal(meta["mean_max_coverage"], undefined);
    }),
);

Deno.test("exports of the same episodes are the same bytes", () =>
  withDirectory(async (directory) => {
    const path = await writeMovements(directory);
    for (const [format, ending] of [["npz", ""], ["transitions", ".npz"]] as const) {
      const [first, second] = ["first", "second"].map((name) => join(directory, name + ending));
      await exportDataset(path, first!, format);
      await exportDataset(path, second!, format);
      const read = (file: string) =>
        Deno.readFileSync(ending === "" ? `${file}/samples/000003.npz` : file);
      assert.deepEqual(read(first!), read(second!));
    }
  }));
