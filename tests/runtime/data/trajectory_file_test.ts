import assert from "node:assert/strict";
import { join } from "node:path";
import { File as Hdf5File, ready } from "h5wasm/node";
import { isTrajectoryFile, openTrajectory } from "../../../runtime/data/trajectory_file.ts";
import { getEnvironment, replayEpisode, replayObserved } from "../../../sim/mod.ts";
import { exportDataset } from "../../../store/foreign.ts";
import { openDataset } from "../../../store/mod.ts";
import { storeEpisodes } from "../../pages/_stored_episodes.ts";
import { withDirectory } from "../../store/_episodes.ts";

/** A trajectory as other tools have it: the arrays and attributes of document 003, in f64. */
function writeForeign(path: string, states: Float64Array, actions: Float64Array, dt = 1 / 250) {
  const file = new Hdf5File(path, "w");
  const rows = actions.length / 12;
  file.create_dataset({ name: "states", data: states, shape: [rows, states.length / rows] });
  file.create_dataset({ name: "actions", data: actions, shape: [rows, 12] });
  file.create_attribute("dt", dt);
  file.close();
}

Deno.test("an exported trajectory is replayed to the bit, with the numbers that drew its start", () =>
  withDirectory(async (directory) => {
    const environment = getEnvironment("quadruped", { path: "forward 0.2" });
    const randomize = { push: true, payload: true, delay: [0, 0.1] } as const;
    const options = { policy: "scripted", randomize, actionNoise: 2, count: 2 };
    const dataset = await storeEpisodes(directory, environment, options);
    const out = join(directory, "out");
    await exportDataset(dataset, out, "hdf5-quadruped", { streams: ["walks", "generate"] });
    const file = join(out, "trajectory_00002.h5");
    assert.ok(isTrajectoryFile(file, "/"));
    const opened = await openTrajectory(file, "/");
    const stored = await (await openDataset(dataset)).readTable(1, 2);
    for (const kind of ["step", "episode"] as const) {
      for (const { name } of opened.schema[kind]) {
        assert.deepEqual(opened.table[kind][name]!.data, stored[kind][name]!.data, name);
      }
    }
    const { streams, table } = opened;
    const { comparison, origin } = await replayEpisode(opened.environment, table, {
      episode: 0,
      streams,
    });
    assert.equal(comparison.equal, true);
    assert.ok(comparison.compared > 50 * table.lengths[0]!);
    // Drawn by another definition than a file's, whose commands are in the start state.
    assert.equal(origin, null);
  }));

Deno.test("a trajectory of another tool is replayed step by step", () =>
  withDirectory(async (directory) => {
    const environment = getEnvironment("quadruped", { path: "straight" });
    const dataset = await storeEpisodes(directory, environment, { policy: "scripted", count: 1 });
    const out = join(directory, "out"), file = join(directory, "foreign.h5");
    await exportDataset(dataset, out, "hdf5-quadruped");
    const whole = (await openTrajectory(join(out, "trajectory_00001.h5"), "/")).table;
    const rows = 120, fields = environment.observation.slice(0, 6);
    const flat = Array.from(
      { length: rows },
      (_, row) =>
        fields.flatMap(({ name, shape: [size = 1] }) => {
          const { data } = whole.step[`observation/${name}`]!;
          return [...data.subarray(row * size, (row + 1) * size)].map(Number);
        }),
    ).flat();
    const actions = Float64Array.from(whole.step["action"]!.data.subarray(0, 12 * rows), Number);
    writeForeign(file, Float64Array.from(flat), actions);
    const { table, environment: found, schema } = await openTrajectory(file, "/");
    assert.deepEqual([...table.lengths], [rows - 1]);
    assert.equal(schema.step.length, 7);
    const replay = await replayObserved(found, table);
    assert.equal(replay.isExact, false);
    assert.equal(replay.observations.length, rows);
    const largest = Object.fromEntries(
      replay.comparison.largest.map(({ field, recorded, replayed }) =>
        [field, Math.abs(recorded - replayed)] as const
      ),
    );
    // One step of 4 ms from states that are rounded to 2⁻¹³.
    assert.ok((largest["observation/base_pos"] ?? 0) < 1e-3, JSON.stringify(largest));
    assert.ok((largest["observation/joint_pos"] ?? 0) < 5e-3, JSON.stringify(largest));
  }));

Deno.test("openTrajectory() says what a file lacks", () =>
  withDirectory(async (directory) => {
    await ready;
    const place = (name: string) => join(directory, name);
    await Deno.writeTextFile(place("text.h5"), "no HDF5");
    const zeros = new Float64Array(36 * 4), actions = new Float64Array(12 * 4);
    writeForeign(place("thin.h5"), new Float64Array(35 * 4), actions);
    writeForeign(place("nan.h5"), zeros.slice().fill(NaN, 40, 41), actions);
    writeForeign(place("slow.h5"), zeros, actions, 0.02);
    writeForeign(place("dt.h5"), zeros, actions, 0);
    writeForeign(place("whole.h5"), zeros, actions);
    const whole = await Deno.readFile(place("whole.h5"));
    await Deno.writeFile(place("cut.h5"), whole.subarray(0, whole.length / 2));
    const linked = new Hdf5File(place("linked.h5"), "w");
    linked.create_external_link(place("whole.h5"), "/states", "states");
    linked.close();
    for (
      const [name, message] of [
        ["none.h5", /expected a file, found none: write one by "deno task export/],
        ["text.h5", /expected an HDF5 file, found another/],
        ["cut.h5", /expected 3584 bytes, found 1792/],
        ["linked.h5", /states: expected data in the file, found a link to ".*whole\.h5"/],
        ["thin.h5", /states of shape \(T, 36\), in Julia 36 × T, found \(4, 35\)/],
        ["nan.h5", /expected finite states, found NaN in row 1/],
        ["slow.h5", /expected 250 control steps a second, as quadruped has, found 50/],
        ["dt.h5", /expected attribute dt in s, found 0/],
      ] as const
    ) {
      await assert.rejects(
        openTrajectory(place(name), "/"),
        { name: "InvalidInputError", message },
        name,
      );
    }
  }));
