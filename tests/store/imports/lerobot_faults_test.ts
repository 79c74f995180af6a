import assert from "node:assert/strict";
import { join } from "node:path";
import { encode } from "fast-png";
import { checkImport, exportDataset, importDataset } from "../../../store/foreign.ts";
import { type Dataset, mergeStored, openDataset } from "../../../store/mod.ts";
import { withDirectory } from "../_episodes.ts";
import {
  floats,
  type ForeignColumn,
  type ForeignDataset,
  writeVersion2,
  writeVersion3,
} from "./_lerobot_dataset.ts";

/** What other tools write otherwise than LeRobot's recorder, and what is wrong with it. */

const LENGTHS = [3, 2];
const COLUMNS = {
  "observation.state": floats([[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]], 2),
  action: floats([[0], [1], [2], [3], [4]].map(([value]) => value)),
};
const PLAIN: ForeignDataset = { lengths: LENGTHS, columns: COLUMNS, tasks: { 0: "Push it" } };

interface Imported {
  readonly dataset: Dataset;
  readonly codes: readonly string[];
  readonly directory: string;
}

async function importing(
  dataset: ForeignDataset,
  use: (imported: Imported) => Promise<void>,
  write = writeVersion3,
): Promise<void> {
  await withDirectory(async (directory) => {
    await write(join(directory, "source"), dataset);
    const target = join(directory, "imported");
    const { faults } = await importDataset(join(directory, "source"), target, { seed: 0 });
    const codes = faults.map(({ severity, code }) => `${severity} ${code}`);
    await use({ dataset: await openDataset(target), codes, directory });
  });
}

/** Faults of a dataset that stop its import, as the check names them. */
async function errorsOf(dataset: ForeignDataset): Promise<readonly string[]> {
  let errors: readonly string[] = [];
  await withDirectory(async (directory) => {
    await writeVersion3(directory, dataset);
    const { faults } = await checkImport(directory, {});
    errors = faults.filter(({ severity }) => severity === "error")
      .map(({ code, place, message }) => `${code}: ${place}: ${message}`);
    await assert.rejects(importDataset(directory, join(directory, "out"), { seed: 0 }), (error) => {
      assert.ok(error instanceof Error && error.name === "ImportError", String(error));
      return true;
    });
  });
  return errors;
}

async function numbers(dataset: Dataset, field: string): Promise<number[]> {
  return Array.from((await dataset.readSteps(field, 0, dataset.steps)).data, Number);
}

Deno.test("importDataset() reads LeRobot v2.1 to the same bytes as v3.0", () =>
  withDirectory(async (directory) => {
    const digests: string[] = [];
    for (const write of [writeVersion2, writeVersion3]) {
      const source = join(directory, `${digests.length}/so100`);
      await write(source, { ...PLAIN, tasks: { 0: "a", 1: "b" }, taskIndex: [0, 0, 0, 1, 1] });
      const target = join(directory, `imported-${digests.length}`);
      digests.push((await importDataset(source, target, { seed: 0 })).commit.digest);
    }
    assert.equal(digests[0], digests[1]);
  }));

Deno.test("importDataset() numbers tasks anew whose indices have gaps", () =>
  importing(
    { ...PLAIN, tasks: { 3: "a", 7: "b", 9: "c" }, taskIndex: [7, 7, 7, 9, 9] },
    async ({ dataset, codes }) => {
      assert.deepEqual(codes, ["note index_gap"]);
      assert.deepEqual(dataset.attributes["tasks"], ["a", "b", "c"]);
      assert.deepEqual([...(await dataset.readEpisodes("task")).data], [1, 2]);
    },
  ));

Deno.test("importDataset() keeps tasks and subtasks of steps, which the next export writes again", () =>
  importing(
    {
      ...PLAIN,
      tasks: { 0: "reach", 2: "grip" },
      taskIndex: [0, 2, 2, 2, 0],
      subtasks: { 0: "left", 1: "right" },
      columns: {
        ...COLUMNS,
        subtask_index: {
          dtype: "int64",
          shape: [1],
          parquet: { type: "int64", depth: 0 },
          values: [0n, 1n, 0n, 1n, 1n],
        },
      },
    },
    async ({ dataset, directory }) => {
      assert.deepEqual(dataset.attributes["tasks"], ["reach", "grip"]);
      assert.deepEqual(dataset.attributes["subtasks"], ["left", "right"]);
      assert.deepEqual(await numbers(dataset, "task"), [0, 1, 1, 1, 0]);
      const out = join(directory, "out"), again = join(directory, "again");
      await exportDataset(dataset.directory, out, "lerobot");
      await importDataset(out, again, { seed: 0 });
      const second = await openDataset(again);
      assert.deepEqual(second.attributes["subtasks"], ["left", "right"]);
      for (const field of ["task", "subtask"]) {
        assert.deepEqual(await numbers(second, field), await numbers(dataset, field), field);
      }
    },
  ));

Deno.test("mergeStored() joins tasks of episodes, of steps, and of none", () =>
  withDirectory(async (directory) => {
    const inputs: { readonly name: string; readonly directory: string }[] = [];
    for (
      const [name, dataset] of Object.entries({
        one: { ...PLAIN, tasks: { 0: "b" } },
        two: { ...PLAIN, tasks: { 0: "a", 1: "b" }, taskIndex: [1, 1, 1, 0, 0] },
        none: { lengths: LENGTHS, columns: COLUMNS },
        steps: { ...PLAIN, tasks: { 0: "a", 1: "c" }, taskIndex: [1, 0, 1, 0, 0] },
      })
    ) {
      const shift = inputs.length * 100; // no episode equals another
      const action = floats([0, 1, 2, 3, 4].map((value) => value + shift));
      await writeVersion3(join(directory, name, "in"), {
        ...dataset,
        columns: { ...COLUMNS, action },
      });
      await importDataset(join(directory, name, "in"), join(directory, name, "out"), { seed: 0 });
      inputs.push({ name, directory: join(directory, name, "out") });
    }
    const merge = async (names: readonly string[]) => {
      const into = join(directory, names.join("-"));
      const chosen = inputs.filter(({ name }) => names.includes(name));
      await mergeStored(into, chosen, { duplicates: "refuse" });
      return await openDataset(into);
    };
    const episodes = await merge(["one", "two", "none"]);
    assert.deepEqual(episodes.attributes["tasks"], ["b", "a", ""]);
    assert.deepEqual([...(await episodes.readEpisodes("task")).data], [0, 0, 0, 1, 2, 2]);
    const steps = await merge(["two", "none", "steps"]);
    assert.deepEqual(steps.attributes["tasks"], ["a", "b", "", "c"]);
    assert.deepEqual(
      await numbers(steps, "task"),
      [1, 1, 1, 0, 0, 2, 2, 2, 2, 2, 3, 0, 3, 0, 0],
    );
    const alone = await merge(["one"]);
    assert.deepEqual(alone.attributes["tasks"], ["b"]);
    assert.ok(alone.schema.episode.every(({ name }) => name !== "task"));
    assert.ok(!("tasks" in (await merge(["none"])).attributes));
  }));

Deno.test("importDataset() reads names of components in each of LeRobot's forms", async () => {
  const forms: readonly unknown[] = [
    ["x", "y"],
    { motors: ["x", "y"] },
    { left: ["x"], right: ["y"] },
    { y: 1, x: 0 },
    [["x"], ["y"]],
  ];
  for (const names of forms) {
    const state = { ...COLUMNS["observation.state"], names };
    await importing(
      { ...PLAIN, columns: { ...COLUMNS, "observation.state": state } },
      ({ dataset }) => {
        const field = dataset.schema.step.find(({ name }) => name === "observation/state");
        assert.deepEqual(field?.components, ["x", "y"], JSON.stringify(names));
        return Promise.resolve();
      },
    );
  }
});

Deno.test("importDataset() gives colliding columns, and images, names of their own", () => {
  const data = new Uint8Array(8 * 8 * 3),
    values = LENGTHS.flatMap((length) =>
      Array.from({ length }, () => ({
        bytes: encode({ width: 8, height: 8, data, channels: 3 }),
        path: null,
      }))
    );
  const image: ForeignColumn = {
    ...{ dtype: "image", shape: [8, 8, 3], parquet: { type: "png", depth: 0 }, values },
  };
  return importing(
    {
      ...PLAIN,
      columns: {
        ...COLUMNS,
        "action.joint_position": COLUMNS["observation.state"],
        reward: floats([1, 1, 1, 1, 1]),
        "next.reward": floats([2, 2, 2, 2, 2]),
        task: floats([5, 5, 5, 5, 5]),
        image,
        "observation.image": image,
        "observation.images.image": image,
      },
    },
    async ({ dataset, codes }) => {
      assert.deepEqual(dataset.schema.step.map(({ name }) => name), [
        ...["observation/state", "action", "action_joint_position", "reward_2", "reward"],
        ...["task_2", "image", "observation/image_2", "observation/image"],
      ]);
      assert.ok(codes.every((code) => code === "note renamed"));
      assert.deepEqual(await numbers(dataset, "reward"), [2, 2, 2, 2, 2]);
    },
  );
});

Deno.test("importDataset() tells of counts and numbers that do not agree", () =>
  importing(
    { ...PLAIN, numbers: [0, 3], info: { total_episodes: 7, total_tasks: 2 } },
    async ({ dataset, codes }) => {
      assert.deepEqual(codes, [
        "warning count_mismatch",
        "warning count_mismatch",
        "warning numbering_hole",
      ]);
      assert.deepEqual(Array.from((await dataset.readEpisodes("candidate")).data, Number), [0, 3]);
    },
  ));

Deno.test("checkImport() finds what importDataset() refuses, by episode, step and column", async () => {
  const action = (values: readonly unknown[]) => ({
    ...PLAIN,
    columns: { ...COLUMNS, action: floats(values) },
  });
  const errors = async (dataset: ForeignDataset) => (await errorsOf(dataset)).join("\n");
  assert.match(
    await errors(action([0, NaN, Infinity, 3, -Infinity])),
    /^not_finite: episode 0, step 1, column "action": expected finite numbers, found NaN and 1 more in the episode: .*\nnot_finite: episode 1, step 1, column "action": expected finite numbers, found -Infinity: /,
  );
  assert.match(
    await errors(action([0, null, 2, 3, 4])),
    /^not_a_number: episode 0, step 1, column/,
  );
  assert.match(await errors({ ...PLAIN, taskIndex: [0, 0, 0, 5, 5] }), /^unknown_task: episode 1,/);
  assert.match(
    await errors({ ...PLAIN, listed: [3, 4] }),
    /^missing_rows: episode 1: expected 4 rows, found 2/,
  );
  assert.match(
    await errors({ ...PLAIN, listed: [2, 3] }),
    /^row_order: "data\/chunk-000\/file-000.parquet": expected row 0 of the 3 of episode 1, found/,
  );
  assert.match(await errors({ ...PLAIN, listed: [3, 0] }), /^bad_episode: "meta\/episodes": /);
  const state = { ...COLUMNS["observation.state"], shape: [3] };
  assert.match(
    await errors({ ...PLAIN, columns: { ...COLUMNS, "observation.state": { ...state } } }),
    /^shape_mismatch: episode 0, step 0, column "observation.state": expected 3 values, found 2/,
  );
  for (const name of ["..", "a\0b", "x".repeat(300)]) {
    const columns = { ...COLUMNS, [name]: COLUMNS.action };
    assert.match(await errors({ ...PLAIN, columns }), /^bad_name: column /, name);
  }
  const small = (values: readonly unknown[]) => ({
    ...PLAIN,
    columns: {
      ...COLUMNS,
      count: { dtype: "uint8", shape: [1], parquet: { type: "int32", depth: 0 }, values } as const,
    },
  });
  assert.match(
    await errors(small([1, 2, 3, 4, 256])),
    /^out_of_range: episode 1, step 1, .* found 256/,
  );
});

Deno.test("importDataset() believes what an export says only of rows that are still the same", () =>
  withDirectory(async (directory) => {
    const source = join(directory, "source"), first = join(directory, "first");
    const out = join(directory, "out"), second = join(directory, "second");
    const columns = { ...COLUMNS, "next.reward": floats([1, 2, 3, 4, 5]) };
    await writeVersion3(source, { ...PLAIN, columns });
    await importDataset(source, first, { seed: 0 });
    await exportDataset(first, out, "lerobot");
    const rename = new Map([["action", "motor"]]);
    const named = await importDataset(out, join(directory, "named"), { seed: 0, rename });
    assert.deepEqual(named.columns.map(({ column, field }) => [column, field]), [
      ["observation.state", "observation/state"],
      ["action", "motor"],
      ["next.reward", "reward"],
    ]);
    const same = await importDataset(out, second, { seed: 1 });
    assert.deepEqual(same.faults, []);
    assert.deepEqual(
      (await (await openDataset(second)).readEpisodes("split")).data,
      (await (await openDataset(first)).readEpisodes("split")).data,
    );
    // Rows of the same length with other rewards, beside what the export says of the old ones.
    const other = join(directory, "other"), edited = join(directory, "edited");
    await writeVersion3(other, {
      ...PLAIN,
      columns: { ...columns, "next.reward": floats([1, 2, 4, 4, 5]) },
    });
    await importDataset(other, join(directory, "other-imported"), { seed: 0 });
    await exportDataset(join(directory, "other-imported"), join(directory, "other-out"), "lerobot");
    await Deno.copyFile(
      join(directory, "other-out/data/chunk-000/file-000.parquet"),
      join(out, "data/chunk-000/file-000.parquet"),
    );
    const { faults } = await importDataset(out, edited, { seed: 0 });
    assert.deepEqual(faults.map(({ code, severity }) => [code, severity]), [
      ["own_metadata_stale", "warning"],
    ]);
    assert.match(faults[0]!.message, /found others in 1 of 2 episodes, first in episode 0/);
    assert.deepEqual([...(await (await openDataset(edited)).readEpisodes("return")).data], [7, 9]);
  }));
