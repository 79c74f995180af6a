import { asRecord, jsonOf } from "./json.ts";
import type { Description, OpenFile } from "./layout.ts";
import { registerLayout } from "./plan.ts";
import type { Hdf5Reader } from "../../hdf5/reader.ts";

/**
 * Datasets of robomimic, and what shares its layout (robosuite, MimicGen, LIBERO): a group
 * `data/demo_<n>` an episode, with `actions`, `obs/<name>`, `rewards`; `mask/<split>` names demos.
 *
 * @see https://robomimic.github.io/docs/datasets/overview.html
 */

const DATA = "/data";

/** Splits by the filter keys that robomimic's own scripts write. */
const MASKS: readonly (readonly [mask: string, split: number])[] = [
  ["train", 0],
  ["valid", 1],
];

registerLayout({
  name: "robomimic",
  description: "an HDF5 file of robomimic, robosuite or LIBERO: data/demo_0 ...",
  actions: "actions",
  usualHz: 20,
  detects: (file) => demosOf(file).length > 0,
  episodes: demosOf,
  nameOf,
  splits(file) {
    const splits = new Map<string, number>();
    const masks = file.names("/").includes("mask") ? file.names("/mask") : [];
    for (const [mask, split] of MASKS) {
      if (!masks.includes(mask)) continue;
      for (const demo of file.texts(`/mask/${mask}`)) splits.set(`${DATA}/${demo}`, split);
    }
    return splits;
  },
  declaredLength: (file, group) => file.number(group, "num_samples"),
  describe,
});

function demosOf(file: Hdf5Reader): readonly string[] {
  if (!file.names("/").includes("data")) return [];
  return file.names(DATA).filter((name) => /^demo_\d+$/.test(name))
    .map((name) => `${DATA}/${name}`);
}

function nameOf(column: string) {
  if (column === "actions") return "action";
  if (column === "rewards") return "reward";
  if (column === "dones") return { leftOut: "follows from the lengths" };
  if (column.startsWith("next_obs/")) return { leftOut: "the next row of obs" };
  return column.replace(/^obs\//, "observation/");
}

/** `env_args` is what robomimic makes the environment of; LIBERO adds `problem_info`. */
function describe(files: readonly OpenFile[]): Description {
  const [{ reader }] = files as readonly [OpenFile]; // readEpisodes() found one
  const environment = jsonOf(reader.text(DATA, "env_args"));
  const settings = asRecord(environment["env_kwargs"]);
  const problem = jsonOf(reader.text(DATA, "problem_info"));
  const rate = settings["control_freq"], task = problem["language_instruction"];
  const name = environment["env_name"];
  return {
    environment: typeof name === "string" && name !== "" ? name : "robomimic",
    controlHz: typeof rate === "number" && rate > 0 && rate <= 1e5 ? rate : null,
    tasks: typeof task === "string" && task !== "" ? [task] : [],
  };
}
