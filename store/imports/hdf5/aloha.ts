import { registerLayout } from "./plan.ts";

/**
 * Datasets of ACT and ALOHA: a file `episode_<n>.hdf5` an episode, with `action`,
 * `observations/qpos` and `observations/images/<camera>`.
 *
 * @see https://github.com/tonyzhaozh/act `record_sim_episodes.py`, for the layout and the rate
 */

registerLayout({
  name: "aloha",
  description: "ACT or ALOHA: a directory of episode_0.hdf5 ...",
  actions: "action",
  usualHz: 50,
  detects: (file) => file.names("/").includes("action") && file.isGroup("/observations"),
  episodes: () => ["/"],
  nameOf(column) {
    const camera = /^observations\/images\/(.+)$/.exec(column)?.[1];
    if (camera !== undefined) return `observation/${camera}_image`;
    if (column === "compress_len") return { leftOut: "sizes of compressed images" };
    return column.replace(/^observations\//, "observation/");
  },
  // Recorders that compress keep each image as a JPEG file, whose colours are taken as they are.
  holdsImageFiles: (column, { shape, type }) =>
    column.startsWith("observations/images/") && shape.length === 2 && type === "uint8",
  // Neither its rate nor its task is in a file.
  describe: () => ({ environment: "aloha", controlHz: null, tasks: [] }),
});
