import { STATE_FIELDS, STATE_SIZE } from "../../../core/quadruped_state.ts";
import type { DatasetInfo } from "../../hdf5/elements.ts";
import type { Hdf5Reader } from "../../hdf5/reader.ts";
import type { Description, OpenFile } from "./layout.ts";
import { registerLayout } from "./plan.ts";

/**
 * Reads exports of Sluice: of `--to hdf5`, and of SimScaleAI, one group `episode_<n>` per episode,
 * with `actions`, `rewards` and `observations/<name>`; of `--to hdf5-quadruped`, one file
 * `trajectory_<n>.h5` per episode, with `states`, `actions`, and the other columns in `replay`.
 */
registerLayout({
  name: "sluice",
  description: "an HDF5 export of Sluice, or a dataset of SimScaleAI: episode_0 ...",
  actions: "actions",
  usualHz: 20,
  detects: (file) => episodesOf(file).length > 0,
  episodes: episodesOf,
  partsOf: (column, info) => column === "states" ? statesOf(info) : null,
  nameOf(column) {
    if (column === "actions") return "action";
    if (column === "rewards") return "reward";
    if (/^(replay\/episode\/|command_sequence$)/.test(column)) {
      return { leftOut: "said of the episode" };
    }
    return column.replace(/^(states|replay\/step)\//, "")
      .replace(/^observations\//, "observation/");
  },
  declaredLength: (file, group) => group === "/" ? file.number("/", "num_timesteps") : null,
  describe,
});

function episodesOf(file: Hdf5Reader): readonly string[] {
  const names = file.names("/");
  if (names.includes("states") && names.includes("actions")) return ["/"];
  return names.filter((name) => /^episode_\d+$/.test(name)).map((name) => `/${name}`);
}

/** Returns the columns that a quadruped's states consist of. */
function statesOf(info: DatasetInfo): ReadonlyMap<string, DatasetInfo> | null {
  const [rows, width] = info.shape;
  if (info.shape.length !== 2 || width !== STATE_SIZE) return null;
  let first = 0;
  return new Map(STATE_FIELDS.map(([name, size]) => {
    const part: DatasetInfo = { ...info, shape: [rows!, size], first };
    first += size;
    return [`states/${name}`, part];
  }));
}

/** The first layout has no place for a rate or an environment. */
function describe(files: readonly OpenFile[]): Description {
  const trajectory = files.find(({ reader }) => episodesOf(reader)[0] === "/")?.reader;
  if (trajectory === undefined) return { environment: "sluice", controlHz: null, tasks: [] };
  const dt = trajectory.number("/", "dt") ?? 0;
  const hasReplay = trajectory.names("/").includes("replay");
  return {
    environment: (hasReplay ? trajectory.text("/replay", "environment") : null) ?? "quadruped",
    controlHz: dt > 0 ? Math.round(1e6 / dt) / 1e6 : null, // 1 / 0.004 is not quite 250
    tasks: [],
  };
}
