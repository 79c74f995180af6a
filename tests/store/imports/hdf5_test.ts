import assert from "node:assert/strict";
import { join } from "node:path";
import { type Column, type FieldSpec, typedData } from "../../../core/episode.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import { createRandom } from "../../../core/random.ts";
import { getEnvironment } from "../../../sim/mod.ts";
import { checkImport, exportDataset, importDataset } from "../../../store/foreign.ts";
import {
  type Dataset,
  mergeDatasets,
  openDataset,
  shardDirectory,
  writeShard,
} from "../../../store/mod.ts";
import { storeEpisodes } from "../../pages/_stored_episodes.ts";
import { drawTable, SCHEMA, withDirectory } from "../_episodes.ts";
import { writeDataset } from "../_lerobot.ts";

/** Files that h5py wrote by `make.py` beside them, and what comes of them. */
const GOLDEN = decodeURIComponent(new URL("../../golden/hdf5/", import.meta.url).pathname);

async function importGolden(
  name: string,
  use: (dataset: Dataset, result: Awaited<ReturnType<typeof importDataset>>) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const result = await importDataset(join(GOLDEN, name), join(directory, "in"), { seed: 0 });
    await use(await openDataset(join(directory, "in")), result);
  });
}

function numbers({ data }: Column): number[] {
  return Array.from<number | bigint, number>(data, Number);
}

/** What `rows()` of make.py gives for episodes of these numbers and lengths. */
function rows(episodes: readonly (readonly [number: number, length: number])[], width: number) {
  return episodes.flatMap(([number, length]) =>
    Array.from(
      { length: length * width },
      (_, i) => 100 * number + 10 * Math.floor(i / width) + i % width,
    )
  );
}

Deno.test("importDataset() reads robomimic: demos in natural order, obs, rewards, masks, the rate", () =>
  importGolden("robomimic.hdf5", async (dataset, { format, leftOut, faults }) => {
    assert.equal(format, "robomimic");
    const { environment, controlHz, step } = dataset.schema;
    assert.deepEqual([environment, controlHz], ["Lift", 10]);
    assert.deepEqual(step.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape}]`), [
      "action float32 [3]",
      "observation/agentview_image uint8 [4,6,3]",
      "observation/robot0_eef_pos float32 [3]",
      "observation/robot0_gripper_qpos float32 [2]",
      "reward float32 []",
      "states float64 [5]",
    ]);
    const table = await dataset.readTable(0, dataset.episodes);
    const demos = [[0, 3], [2, 4], [10, 2]] as const;
    assert.deepEqual([...table.lengths], [3, 4, 2]);
    assert.deepEqual(numbers(table.step["action"]!), rows(demos, 3).map((value) => value / 2));
    assert.deepEqual(numbers(table.step["observation/robot0_eef_pos"]!), rows(demos, 3));
    assert.deepEqual(numbers(table.episode["return"]!), [1, 1, 1]);
    assert.deepEqual(numbers(table.episode["split"]!), [0, 0, 1]);
    const pixels = numbers(table.step["observation/agentview_image"]!);
    assert.deepEqual(pixels.slice(3 * 72 + 72, 3 * 72 + 72 + 6), [20, 1, 0, 20, 1, 1]);
    assert.deepEqual(leftOut, [
      "dones (follows from the lengths)",
      "next_obs/agentview_image (the next row of obs)",
      "next_obs/robot0_eef_pos (the next row of obs)",
      "next_obs/robot0_gripper_qpos (the next row of obs)",
    ]);
    assert.deepEqual(faults.map(({ code, severity }) => `${severity} ${code}`), [
      "warning numbering_hole", // demo_0, demo_2, demo_10
    ]);
  }));

Deno.test("importDataset() reads LIBERO, whose task is a sentence and whose rate is not said", () =>
  importGolden("libero.hdf5", (dataset, { faults }) => {
    assert.deepEqual(dataset.attributes["tasks"], ["put the bowl on the plate"]);
    assert.equal(dataset.schema.environment, "Libero_Tabletop");
    assert.equal(dataset.schema.controlHz, 20);
    assert.deepEqual(faults.map(({ code }) => code), ["unknown_rate"]);
    return Promise.resolve();
  }));

Deno.test("importDataset() reads ACT and ALOHA: a file an episode, images by camera", async () => {
  await importGolden("aloha", async (dataset, { format, leftOut }) => {
    assert.equal(format, "aloha");
    assert.deepEqual(dataset.schema.step.map(({ name }) => name), [
      ...["action", "observation/top_image", "observation/wrist_image", "observation/qpos"],
      "observation/qvel",
    ]);
    const { lengths, step } = await dataset.readTable(0, 2);
    assert.deepEqual([...lengths], [3, 2]);
    assert.deepEqual(numbers(step["observation/qpos"]!), rows([[0, 3], [1, 2]], 14));
    assert.deepEqual(leftOut, []);
    // JPEG files, padded: 10 times the episode, the step, the column.
    const { shape, data } = step["observation/wrist_image"]!;
    assert.deepEqual(shape, [8, 16, 3]);
    const off = Array.from(typedData(data, Uint8Array), (value, i) => {
      const row = Math.floor(i / (8 * 16 * 3)), [episode, at] = row < 3 ? [0, row] : [1, row - 3];
      return Math.abs(value - [10 * episode, at, Math.floor(i / 3) % 16][i % 3]!);
    });
    assert.ok(Math.max(...off) <= 8, `${Math.max(...off)}`);
  });
  await importGolden("aloha/episode_1.hdf5", (dataset) => {
    assert.equal(dataset.episodes, 1);
    return Promise.resolve();
  });
});

Deno.test("checkImport() names images that cannot be decoded by episode, column and step", async () => {
  const { faults, columns } = await checkImport(join(GOLDEN, "no_images"), {});
  assert.deepEqual(columns.map(({ column }) => column), [
    ...["action", "observations/images/damaged", "observations/qpos"],
  ]);
  const images = faults.filter(({ code }) => code === "image");
  assert.deepEqual(images.map(({ place }) => place), [
    'episode episode_0, step 0, column "observations/images/text"',
    'episode 0, column "observations/images/damaged", step 1',
  ]);
  assert.match(
    images[0]!.message,
    /expected a PNG or JPEG file, found 20 bytes of no known format/,
  );
  assert.match(images[1]!.message, /expected a whole JPEG file, found /);
});

Deno.test("importDataset() reads ManiSkill: one row less than there are states", () =>
  importGolden("maniskill.h5", async (dataset, { format, leftOut, faults }) => {
    assert.equal(format, "maniskill");
    assert.deepEqual([dataset.schema.environment, dataset.schema.controlHz], ["PickCube-v1", 25]);
    const { step, episode, lengths } = await dataset.readTable(0, 2);
    assert.deepEqual([...lengths], [3, 2]);
    assert.deepEqual(numbers(step["observation/agent/qpos"]!), rows([[0, 3], [1, 2]], 9));
    assert.deepEqual(numbers(step["observation/extra/is_grasped"]!), [0, 0, 1, 0, 0]);
    assert.deepEqual(step["observation/base_camera_image"]!.shape, [4, 6, 3]);
    assert.deepEqual(numbers(episode["success"]!), [1, 0]);
    assert.equal(leftOut.length, 3);
    assert.deepEqual(faults, []);
  }));

Deno.test("importDataset() gives back what the HDF5 export wrote", () =>
  withDirectory(async (directory) => {
    const stored = await openDataset(await writeDataset(directory, 12));
    const file = join(directory, "out.h5");
    await exportDataset(stored.directory, file, "hdf5");
    const { format } = await importDataset(file, join(directory, "in"), { seed: 0 });
    assert.equal(format, "sluice");
    const imported = await openDataset(join(directory, "in"));
    const wanted = await stored.readTable(0, stored.episodes);
    const found = await imported.readTable(0, imported.episodes);
    assert.deepEqual([...found.lengths], [...wanted.lengths].filter((length) => length > 0));
    for (const name of ["action", "reward"]) {
      assert.deepEqual(found.step[name], wanted.step[name], name);
    }
    const observations = Object.keys(wanted.step).filter((name) => name.startsWith("observation/"));
    assert.ok(observations.length > 0);
    for (const name of observations) {
      assert.deepEqual(numbers(found.step[name]!), numbers(wanted.step[name]!), name);
    }
  }));

Deno.test("importDataset() gives back the columns of a trajectory that the export wrote", () =>
  withDirectory(async (directory) => {
    const environment = getEnvironment("quadruped", { path: "forward 0.2" });
    const options = { policy: "scripted", actionNoise: 2, count: 2 };
    const stored = await openDataset(await storeEpisodes(directory, environment, options));
    await exportDataset(stored.directory, join(directory, "out"), "hdf5-quadruped");
    const result = await importDataset(join(directory, "out"), join(directory, "in"), { seed: 0 });
    assert.deepEqual([result.format, result.faults], ["sluice", []]);
    const imported = await openDataset(join(directory, "in"));
    const { environment: name, controlHz } = imported.schema;
    assert.deepEqual([name, controlHz], ["quadruped", 250]);
    const wanted = await stored.readTable(0, 2), found = await imported.readTable(0, 2);
    assert.deepEqual(found.lengths, wanted.lengths);
    assert.deepEqual(Object.keys(found.step).toSorted(), Object.keys(wanted.step).toSorted());
    for (const [field, column] of Object.entries(wanted.step)) {
      assert.deepEqual(numbers(found.step[field]!), numbers(column), field);
    }
  }));

Deno.test("the HDF5 export keeps segmentations as bytes, and the import gives them back", () =>
  withDirectory(async (directory) => {
    const segmentation: FieldSpec = {
      name: "observation/segmentation",
      dtype: "uint8",
      shape: [3, 4],
      description: "Index of what is seen, plus 1",
    };
    const schema = { ...SCHEMA, step: [...SCHEMA.step, segmentation] };
    const generate = join(directory, "generate"), merge = join(directory, "merge");
    await writeShard(shardDirectory(generate, 0), drawTable({ schema, episodes: 4 }), { schema });
    await mergeDatasets(merge, [
      { name: "g", directory: generate, verdicts: null, lastShard: 0, limit: 4 },
    ], { seed: 1, stream: "merge", split: { train: 1, validation: 0, test: 0 } });
    await exportDataset(merge, join(directory, "out.h5"), "hdf5");
    await importDataset(join(directory, "out.h5"), join(directory, "in"), { seed: 0 });
    const column = async (dataset: string) => {
      const table = await (await openDataset(dataset)).readTable(0, 3);
      return table.step["observation/segmentation"]!;
    };
    const found = await column(join(directory, "in"));
    assert.deepEqual([found.dtype, found.shape], ["uint8", [3, 4]]);
    assert.deepEqual(found.data, (await column(merge)).data);
  }));

/** What is wrong with hostile files: severity, code, and a part of the place. */
const HOSTILE: Readonly<Record<string, readonly [severity: string, code: string, place: string]>> =
  {
    bad_name: ["error", "bad_name", "obs/..\\\\x"],
    empty_episode: ["warning", "empty_episode", "episode demo_1"],
    external_group: ["error", "link", "/mask"],
    external_link: ["error", "link", "/data/demo_1/obs/x"],
    external_storage: ["error", "unreadable", "/data/demo_1/obs/state"],
    hard_loop: ["error", "too_many_objects", "/data/demo_1"],
    huge_actions: ["error", "too_large", "/data/demo_1/actions"],
    huge_chunk: ["error", "too_large", "/data/demo_1/obs/x"],
    huge_rows: ["error", "too_large", "/data/demo_1/obs/x"],
    inf_action: ["error", "not_finite", 'episode 1, step 0, column "actions"'],
    lzf: ["error", "filter", "/data/demo_1/obs/x"],
    many: ["error", "too_many_objects", "/data/demo_1"],
    missing_actions: ["error", "missing_column", "episode demo_1"],
    missing_column: ["error", "missing_column", 'episode demo_1, column "obs/state"'],
    nan: ["error", "not_finite", 'episode 1, step 1, column "obs/state"'],
    other_shape: ["error", "shape_mismatch", 'episode demo_1, column "obs/state"'],
    other_type: ["error", "shape_mismatch", 'episode demo_1, column "obs/state"'],
    short_column: ["error", "row_count", 'episode demo_1, column "obs/state"'],
    soft_link: ["error", "link", "/data/demo_1/obs/x"],
    soft_loop: ["error", "unreadable", "/data/demo_1/obs/x"],
    virtual: ["error", "data_elsewhere", "/data/demo_1/obs/elsewhere"],
  };

Deno.test("checkImport() names what is wrong with hostile files, and importDataset() refuses them", () =>
  withDirectory(async (directory) => {
    for (const [name, [severity, code, place]] of Object.entries(HOSTILE)) {
      const file = join(GOLDEN, "hostile", `${name}.h5`);
      const { faults } = await checkImport(file, {});
      const fault = faults.find((each) => each.code === code);
      assert.ok(fault?.place.includes(place), `${name}: ${JSON.stringify(faults)}`);
      assert.equal(fault?.severity, severity, name);
      assert.equal(faults.some((each) => each.severity === "error"), severity === "error", name);
      const target = join(directory, name);
      if (severity !== "error") await importDataset(file, target, { seed: 0 });
      else await assert.rejects(importDataset(file, target, { seed: 0 }), InvalidInputError, name);
    }
  }));

Deno.test("checkImport() leaves out what are no numbers, or what it is told to", async () => {
  const check = (name: string, skip: readonly string[] = []) =>
    checkImport(join(GOLDEN, "hostile", `${name}.h5`), { skip: new Set(skip) });
  assert.deepEqual((await check("no_numbers")).leftOut, [
    ...["obs/compound (compound)", "obs/half (float16)", "obs/text (string)"],
    "obs/unsigned (uint64)",
  ]);
  for (const name of ["nan", "short_column", "other_shape", "missing_column"]) {
    const { faults, leftOut } = await check(name, ["obs/state"]);
    assert.deepEqual(faults.map(({ code }) => code), ["unknown_rate"], name);
    assert.deepEqual(leftOut, ["obs/state (skipped)"]);
  }
  const [actions] = (await check("flat_actions")).columns;
  assert.deepEqual([actions?.field, actions?.shape], ["action", [1]]); // of one number a step
  const renamed = await checkImport(join(GOLDEN, "hostile/sound.h5"), {
    rename: new Map([["obs/state", "observation/joint_pos"]]),
  });
  assert.deepEqual(renamed.columns.map(({ field }) => field), ["action", "observation/joint_pos"]);
});

Deno.test("checkImport() ends with a verdict on every damaged file, and goes on reading sound ones", () =>
  withDirectory(async (directory) => {
    const random = createRandom(3, "test/hdf5", 0);
    const sound = await Deno.readFile(join(GOLDEN, "robomimic.hdf5"));
    const file = join(directory, "damaged.hdf5");
    const verdicts = { sound: 0, refused: 0 };
    for (let trial = 0; trial < 40; trial++) {
      const bytes = sound.slice(0, trial % 4 === 0 ? random.integer(sound.length) : sound.length);
      // Most of what the library believes stands at the beginning.
      const reach = trial % 2 === 0 ? 2048 : bytes.length;
      for (let flips = 1 + random.integer(8); flips > 0; flips--) {
        bytes[random.integer(Math.max(1, Math.min(reach, bytes.length)))]! ^= 1 <<
          random.integer(8);
      }
      await Deno.writeFile(file, bytes);
      const { faults } = await checkImport(file, { from: "robomimic" });
      verdicts[faults.some(({ severity }) => severity === "error") ? "refused" : "sound"]++;
    }
    assert.ok(verdicts.refused > 10, JSON.stringify(verdicts));
    const { faults } = await checkImport(join(GOLDEN, "robomimic.hdf5"), {});
    assert.deepEqual(faults.map(({ code }) => code), ["numbering_hole"]);
  }));
