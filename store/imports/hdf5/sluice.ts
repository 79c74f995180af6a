import { registerLayout } from "./plan.ts";

/**
 * What `deno task export --to hdf5` writes, and SimScaleAI: a group `episode_<n>` an episode, with
 * `actions`, `rewards` and `observations/<name>`.
 */
registerLayout({
  name: "sluice",
  description: "an HDF5 export of Sluice, or a dataset of SimScaleAI: episode_0 ...",
  actions: "actions",
  usualHz: 20,
  detects: (file) => file.names("/").some((name) => /^episode_\d+$/.test(name)),
  episodes: (file) =>
    file.names("/").filter((name) => /^episode_\d+$/.test(name)).map((name) => `/${name}`),
  nameOf(column) {
    if (column === "actions") return "action";
    if (column === "rewards") return "reward";
    return column.replace(/^observations\//, "observation/");
  },
  // The layout has no place for them.
  describe: () => ({ environment: "sluice", controlHz: null, tasks: [] }),
});
