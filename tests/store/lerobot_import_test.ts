import assert from "node:assert/strict";
import { join } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";
import { trainModel } from "../../learn/mod.ts";
import { exportDataset, importDataset } from "../../store/foreign.ts";
import { type Dataset, openDataset } from "../../store/mod.ts";
import { flipBit, withDirectory } from "./_episodes.ts";
import { writeDataset } from "./_lerobot.ts";

/** What comes back of an export, and what LeRobot's own recorder wrote. */

const GOLDEN = decodeURIComponent(new URL("../golden/lerobot/dataset", import.meta.url).pathname);

async function importTo(source: string, target: string): Promise<Dataset> {
  await importDataset(source, target, { seed: 0 });
  return await openDataset(target);
}

Deno.test("importDataset() gives back what exportDataset() wrote, but for episodes without steps", () =>
  withDirectory(async (directory) => {
    const stored = await openDataset(await writeDataset(directory, 40));
    await exportDataset(stored.directory, join(directory, "out"), "lerobot", { task: "Reach" });
    const imported = await importTo(join(directory, "out"), join(directory, "in"));
    const wanted = await stored.readTable(0, stored.episodes);
    const kept = [...wanted.lengths.keys()].filter((episode) => wanted.lengths[episode]! > 0);
    assert.ok(kept.length < stored.episodes);
    assert.deepEqual(imported.schema, stored.schema);
    assert.deepEqual(imported.attributes["tasks"], ["Reach"]);
    const found = await imported.readTable(0, imported.episodes);
    assert.deepEqual(found.step, wanted.step);
    for (const [name, { data, shape }] of Object.entries(wanted.episode)) {
      const size = shape.reduce((product, side) => product * side, 1);
      const rows = kept.flatMap((episode): (number | bigint)[] => [
        ...data.subarray(episode * size, (episode + 1) * size),
      ]);
      assert.deepEqual([...found.episode[name]!.data], rows, name);
    }
  }));

Deno.test("importDataset() reads what LeRobot wrote, and names what it leaves out", () =>
  withDirectory(async (directory) => {
    const { leftOut } = await importDataset(GOLDEN, join(directory, "in"), { seed: 0 });
    assert.deepEqual(leftOut, ["observation.images.film (video)", "note (string)"]);
    const dataset = await openDataset(join(directory, "in"));
    assert.equal(dataset.schema.environment, "so100");
    assert.equal(dataset.schema.controlHz, 15);
    assert.deepEqual(dataset.attributes["tasks"], ["Push it", "Pull it"]);
    const { lengths, step, episode } = await dataset.readTable(0, dataset.episodes);
    assert.deepEqual([...lengths], [4, 5, 6]);
    const steps = [...lengths].flatMap((length, e) => Array.from({ length }, (_, t) => [e, t]));
    const numbers = (name: string) => Array.from(step[name]!.data, Number);
    assert.deepEqual(numbers("observation/state"), steps.flatMap(([e, t]) => [e, t, e! * t!]));
    assert.deepEqual(numbers("action"), steps.flatMap(([e, t]) => [t, -e! + 0]));
    assert.deepEqual(numbers("reward"), steps.map(([, t]) => t));
    const image = (e: number, t: number) =>
      Array.from({ length: 64 }, (_, pixel) => [20 * e, 10 * t, pixel]).flat();
    assert.deepEqual(numbers("observation/top_image"), steps.flatMap(([e, t]) => image(e!, t!)));
    assert.deepEqual(
      dataset.schema.step.map(({ name, components = null }) => [name, components]),
      [
        ["observation/state", ["x", "y", "z"]],
        ["observation/top_image", null],
        ["action", ["a", "b"]],
        ["reward", null],
      ],
    );
    const of = (name: string) => Array.from(episode[name]!.data, Number);
    assert.deepEqual(of("success"), [0, 1, 0]);
    assert.deepEqual(of("return"), [6, 10, 15]);
    assert.deepEqual(of("task"), [0, 0, 1]);
  }));

Deno.test("importDataset() keeps tasks, which the next export writes again", () =>
  withDirectory(async (directory) => {
    const [first, out, second] = ["first", "out", "second"].map((name) => join(directory, name));
    const before = await importTo(GOLDEN, first!);
    await exportDataset(first!, out!, "lerobot");
    const after = await importTo(out!, second!);
    assert.deepEqual(after.attributes["tasks"], ["Push it", "Pull it"]);
    assert.deepEqual(await after.readTable(0, 3), await before.readTable(0, 3));
  }));

Deno.test("a model trains on what importDataset() wrote", () =>
  withDirectory(async (directory) => {
    const source = await importTo(GOLDEN, join(directory, "in"));
    const { metrics } = await trainModel({
      model: "bc",
      parameters: { steps: 20, batch: 4, hidden: [8] },
      seed: 0,
      stream: "train",
      source,
      checkpointEvery: 20,
      validateEvery: 20,
      saveCheckpoint: () => Promise.resolve(),
    });
    assert.ok(metrics.every(({ loss }) => Number.isFinite(loss)));
  }));

Deno.test("importDataset() refuses what is no whole LeRobot v3 dataset, naming the file", () =>
  withDirectory(async (directory) => {
    const copy = join(directory, "copy");
    const refuses = async (damage: () => Promise<void>, message: RegExp) => {
      await new Deno.Command("cp", { args: ["-r", GOLDEN, copy] }).output();
      await damage();
      const target = join(directory, crypto.randomUUID());
      await assert.rejects(importDataset(copy, target, { seed: 0, from: "lerobot" }), (error) => {
        assert.ok(error instanceof InvalidInputError, String(error));
        assert.match(error.message, message);
        return true;
      });
      await Deno.remove(copy, { recursive: true });
    };
    const info = join(copy, "meta/info.json"), rows = join(copy, "data/chunk-000/file-000.parquet");
    const replaceInfo = async (from: string | RegExp, to: string) => {
      await Deno.writeTextFile(info, (await Deno.readTextFile(info)).replace(from, to));
    };
    await refuses(
      () => Deno.remove(info),
      /expected the description of a LeRobot dataset, found none/,
    );
    await refuses(() => replaceInfo('"v3.0"', '"v1.6"'), /found v1\.6: convert it by LeRobot's/);
    await refuses(() => replaceInfo("{", "<"), /"meta\/info.json": expected JSON, found/);
    await refuses(() => replaceInfo('"fps": 15', '"fps": -1'), /found fps: /);
    await refuses(
      () => replaceInfo('"next.reward"', '"reward"'),
      /file-000.parquet": expected column "reward", found /,
    );
    await refuses(
      () => replaceInfo(/"shape": \[\s*3\s*\]/, '"shape": [4]'),
      /expected 4 values, found 3/,
    );
    await refuses(() => Deno.remove(rows), /"data": expected chunks of Parquet files, found none/);
    await refuses(() => Deno.truncate(rows, 4000), /expected a Parquet file, found /);
    await refuses(
      () => flipBit(join(copy, "meta/tasks.parquet"), 0.999),
      /expected a Parquet file/,
    );
  }));
