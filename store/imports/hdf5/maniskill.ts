import * as fs from "node:fs";
import { asRecord, jsonOf } from "./json.ts";
import type { Description, OpenFile } from "./layout.ts";
import { registerLayout } from "./plan.ts";

/**
 * Reads trajectories of ManiSkill: one group `traj_<n>` per episode, with `actions`, `obs`,
 * `env_states`, `success`, and a JSON file of the same name beside it. Observations and states have
 * one row more than there are actions, the last of them after the last action.
 *
 * @see https://maniskill.readthedocs.io/en/latest/user_guide/datasets/demos.html
 */

/** Largest JSON file that is read, in bytes: one of 100,000 episodes has about 50 MB. */
const MAX_JSON_BYTES = 2 ** 27;

registerLayout({
  name: "maniskill",
  description: "an HDF5 file of ManiSkill: traj_0 ...",
  actions: "actions",
  usualHz: 20,
  detects: (file) => file.names("/").some((name) => /^traj_\d+$/.test(name)),
  episodes: (file) =>
    file.names("/").filter((name) => /^traj_\d+$/.test(name)).map((name) => `/${name}`),
  nameOf(column) {
    if (column === "actions") return "action";
    if (column === "rewards") return "reward";
    if (column === "obs") return "observation/state";
    if (/^(terminated|truncated|success|fail)$/.test(column)) {
      return { leftOut: "said of the episode" };
    }
    const camera = /^obs\/sensor_data\/(.+)\/(\w+)$/.exec(column);
    if (camera !== null) {
      const [, name, what] = camera;
      return `observation/${name}_${what === "rgb" ? "image" : what}`;
    }
    return column.replace(/^obs\//, "observation/");
  },
  describe,
});

function describe([file]: readonly OpenFile[]): Description {
  const environment = asRecord(descriptionOf(file!.path)["env_info"]); // readEpisodes() found one
  const settings = asRecord(environment["env_kwargs"]);
  const rate = asRecord(settings["sim_config"])["control_freq"] ?? settings["control_freq"];
  const name = environment["env_id"];
  return {
    environment: typeof name === "string" && name !== "" ? name : "maniskill",
    controlHz: typeof rate === "number" && rate > 0 && rate <= 1e5 ? rate : null,
    tasks: [],
  };
}

/** Reads the JSON file beside an HDF5 file; empty if there is none. */
function descriptionOf(path: string): Readonly<Record<string, unknown>> {
  const file = path.replace(/\.\w+$/, ".json");
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile() || found.size > MAX_JSON_BYTES) return {};
  return jsonOf(fs.readFileSync(file, "utf8"));
}
