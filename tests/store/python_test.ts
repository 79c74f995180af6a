import assert from "node:assert/strict";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { getEnvironment, rolloutCandidates } from "../../sim/mod.ts";
import { exportDataset } from "../../store/foreign.ts";
import {
  mergeDatasets,
  openDataset,
  packedPath,
  readShard,
  shardDirectory,
  writeShard,
  writeVerdicts,
} from "../../store/mod.ts";
import { pythonEnvironment, runPython } from "../../tools/python_env.ts";
import { dataOffset, encodeDirectory, encodeLocalHeader } from "../../store/files/zip.ts";
import { drawTable, SCHEMA, withDirectory, writeChain } from "./_episodes.ts";

/** What the field's own tools read, against what was written. */

const { python, reason } = await pythonEnvironment("tests");

function pythonTest(name: string, test: (python: string) => Promise<void>): void {
  const skipped = reason === null ? "" : ` (skipped: ${reason})`;
  Deno.test({ name: name + skipped, ignore: python === null, fn: () => test(python!) });
}

async function writeDataset(directory: string): Promise<string> {
  const { generate, filter } = await writeChain(directory, { shards: 7 });
  const input = { name: "g", directory: generate, verdicts: filter, lastShard: 6, limit: 37 };
  const split = { train: 0.8, validation: 0.1, test: 0.1 };
  await mergeDatasets(join(directory, "merge"), [input], { seed: 1, stream: "merge", split });
  return join(directory, "merge");
}

/** Prints every array of a group, as its type and the hex of its little-endian bytes. */
const DUMP_ZARR = `
import json, sys, numpy, zarr
arrays = {}
def visit(group, path):
    for name, node in group.members():
        if isinstance(node, zarr.Group): visit(node, path + name + "/")
        else:
            data = numpy.ascontiguousarray(node[:])
            arrays[path + name] = [str(data.dtype), list(data.shape), data.tobytes().hex()]
import warnings; warnings.simplefilter("ignore")  # of commit.json, which is no part of Zarr
path = sys.argv[1]
store = zarr.storage.ZipStore(path, mode="r") if path.endswith(".zip") else path
root = zarr.open_group(store, mode="r")
visit(root, "")
reasons = dict(root["rejects"].attrs)["reasons"] if "rejects" in root else []
print(json.dumps({"arrays": arrays, "attributes": dict(root.attrs), "reasons": reasons}))
`;

pythonTest(
  "zarr-python finds the numbers that openDataset() finds",
  (python) =>
    withDirectory(async (directory) => {
      const path = await writeDataset(directory);
      const dataset = await openDataset(path);
      const found = JSON.parse(await runPython(python, DUMP_ZARR, [path]));
      const table = await dataset.readTable(0, dataset.episodes);
      const hex = (data: ArrayBufferView) => new Uint8Array(data.buffer).toHex();
      const columns = [["data", table.step], ["meta", table.episode]] as const;
      for (const [group, fields] of columns) {
        for (const [name, { dtype, shape, data }] of Object.entries(fields)) {
          const rows = group === "data" ? dataset.steps : dataset.episodes;
          const expected = [dtype, [rows, ...shape], hex(data)];
          assert.deepEqual(found.arrays[`${group}/${name}`], expected, name);
        }
      }
      const ends = BigInt64Array.from(dataset.episodeEnds, BigInt);
      assert.deepEqual(found.arrays["meta/episode_ends"], ["int64", [37], hex(ends)]);
      const rejects = await dataset.readRejects();
      const candidates = BigInt64Array.from(rejects, ({ candidate }) => BigInt(candidate));
      assert.equal(found.arrays["rejects/candidate"][2], hex(candidates));
      assert.deepEqual(found.reasons, ["joint_limit", "not_finite"]);
      assert.equal(found.attributes.control_frequency_hz, 20);
      assert.deepEqual(found.attributes.statistics, dataset.statistics);
    }),
);

pythonTest(
  "zarr-python opens a packed shard, and finds the numbers that readShard() finds",
  (python) =>
    withDirectory(async (directory) => {
      await writeShard(directory, drawTable(), { schema: SCHEMA });
      const found = JSON.parse(await runPython(python, DUMP_ZARR, [packedPath(directory)]));
      const { table } = await readShard(directory);
      for (const [group, fields] of [["data", table.step], ["meta", table.episode]] as const) {
        for (const [name, { dtype, shape, data }] of Object.entries(fields)) {
          const [type, size, bytes] = found.arrays[`${group}/${name}`];
          assert.deepEqual([type, size.slice(1)], [dtype, shape], name);
          assert.equal(bytes, new Uint8Array(data.buffer).toHex(), name);
        }
      }
    }),
);

/** Reads all files of an archive, each of which is checked, and prints the last. */
const UNZIP = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    last = archive.infolist()[-1]
    print(last.filename, last.date_time, archive.read(last).decode())
`;

pythonTest(
  "Python's zipfile reads archives, those beyond 4 GiB too",
  (python) =>
    withDirectory(async (directory) => {
      const path = join(directory, "large.zip"), data = new TextEncoder().encode("hello");
      using file = await Deno.open(path, { write: true, createNew: true });
      for (const offset of [0, 5e9]) { // sparse: what lies between takes no room
        const entry = { name: "größe/c.0", size: data.length, crc: crc32(data), offset };
        const parts = [
          encodeLocalHeader(entry),
          data,
          encodeDirectory([entry], dataOffset(entry) + data.length),
        ];
        await file.truncate(0);
        await file.seek(offset, Deno.SeekMode.Start);
        for (const part of parts) await file.write(part);
        const found = await runPython(python, UNZIP, [path]);
        assert.equal(found.trim(), "größe/c.0 (1980, 1, 1, 0, 0, 0) hello");
      }
    }),
);

const DUMP_HDF5 = `
import json, sys, h5py
def tree(group):
    return {name: tree(node) if isinstance(node, h5py.Group) else
        [str(node.dtype), list(node.shape), node.compression, node.compression_opts,
         node[...].astype("<f8").tobytes().hex()] for name, node in group.items()}
with h5py.File(sys.argv[1], "r") as file:
    print(json.dumps({"tree": tree(file), "attributes": list(file.attrs)}))
`;

pythonTest(
  "h5py finds S1's layout and every number of the dataset",
  (python) =>
    withDirectory(async (directory) => {
      const path = await writeDataset(directory);
      const file = join(directory, "reach.h5");
      assert.equal(await exportDataset(path, file, "hdf5"), (await Deno.stat(file)).size);
      const { tree, attributes } = JSON.parse(await runPython(python, DUMP_HDF5, [file]));
      assert.deepEqual(attributes, []);
      const dataset = await openDataset(path);
      const names = Array.from({ length: dataset.episodes }, (_, i) => `episode_${i}`);
      assert.deepEqual(Object.keys(tree).sort(), names.sort());
      for (let episode = 0; episode < dataset.episodes; episode++) {
        const { lengths, step } = await dataset.readTable(episode, episode + 1);
        const expected = (field: string, dtype: string) => {
          const { shape, data } = step[field]!;
          const bytes = new Uint8Array(Float64Array.from(data, Number).buffer);
          const gzip = lengths[0] === 0 ? [null, null] : ["gzip", 4];
          return [dtype, [lengths[0], ...shape], ...gzip, bytes.toHex()];
        };
        assert.deepEqual(tree[`episode_${episode}`], {
          observations: {
            joint_pos: expected("observation/joint_pos", "float64"),
            image: expected("observation/image", "uint8"),
          },
          actions: expected("action", "float64"),
          rewards: expected("reward", "float64"),
        });
      }
    }),
);

const DUMP_TRAJECTORIES = `
import json, pathlib, sys, h5py
def plain(value): return value.decode() if isinstance(value, bytes) else getattr(value, "item", lambda: value)()
def numbers(node): return [str(node.dtype), list(node.shape), node.compression, node.compression_opts,
    node[...].tobytes().hex()]
files = {}
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    with h5py.File(path, "r") as file:
        files[path.name] = {"attributes": {name: plain(value) for name, value in file.attrs.items()},
            "arrays": {name: numbers(node) for name, node in file.items() if isinstance(node, h5py.Dataset)},
            "start": file["replay/episode/start_state"].shape if "replay" in file else None}
print(json.dumps(files))
`;

pythonTest(
  "h5py finds document 003's trajectories, whose arrays Julia reads transposed",
  (python) =>
    withDirectory(async (directory) => {
      const environment = getEnvironment("quadruped");
      const options = { policy: "scripted", actionNoise: 3 };
      const table = await rolloutCandidates({
        environment,
        ...options,
        seed: 1,
        stream: "generate",
        first: 0,
        count: 3,
        maxSteps: 40,
      });
      const schema = environment.schema(options), generate = join(directory, "generate");
      await writeShard(shardDirectory(generate, 0), table, { schema });
      const verdicts = [0, 1, 2].map((candidate) => ({
        candidate,
        accepted: candidate !== 1,
        reason: candidate === 1 ? "tipped_over" : null,
        figures: {},
      }));
      const filter = join(directory, "filter");
      await writeVerdicts(shardDirectory(filter, 0), verdicts);
      const input = { name: "g", directory: generate, verdicts: filter, lastShard: 0, limit: 2 };
      const split = { train: 1, validation: 0, test: 0 };
      const merged = join(directory, "merge"), out = join(directory, "out");
      await mergeDatasets(merged, [input], { seed: 1, stream: "merge", split });
      await exportDataset(merged, out, "hdf5-quadruped");
      const files = JSON.parse(await runPython(python, DUMP_TRAJECTORIES, [out]));
      assert.deepEqual(Object.keys(files), [
        "summary.h5",
        "trajectory_00001.h5",
        "trajectory_00002.h5",
      ]);
      const summary = files["summary.h5"].attributes;
      assert.equal(summary.stable_count, 2);
      assert.ok(Math.abs(summary.acceptance_rate - 2 / 3) < 1e-12);
      const { attributes, arrays, start } = files["trajectory_00002.h5"];
      assert.deepEqual(attributes, {
        dt: 1 / 250,
        cmd_duration: 1.6,
        trajectory_id: 2,
        num_timesteps: 40,
        state_dim: 36,
        is_stable: 1,
        stability_reason: "stable",
      });
      assert.deepEqual(start, [environment.stateSize]);
      const { step, episode } = await (await openDataset(merged)).readTable(1, 2);
      const action = step["action"]!.data;
      const bytes = new Uint8Array(action.buffer, action.byteOffset, action.byteLength);
      assert.deepEqual(arrays.actions, ["float32", [40, 12], "gzip", 4, bytes.toHex()]);
      assert.deepEqual(arrays.states.slice(0, 4), ["float32", [40, 36], "gzip", 4]);
      const commands = Array.from(episode["command_sequence"]!.data, Number).filter((c) => c > 0);
      assert.deepEqual(arrays.command_sequence.slice(0, 2), ["int64", [commands.length]]);
      const last = new Float32Array(Uint8Array.fromHex(arrays.states[4]).buffer).subarray(-12);
      assert.deepEqual(
        [...last],
        [...step["observation/joint_vel"]!.data.subarray(-12)].map(Number),
      );
    }),
);
