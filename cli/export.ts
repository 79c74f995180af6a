import { join } from "node:path";
import { getExporter, resolveOutput } from "../store/mod.ts";
import { formatCount } from "../view/format.ts";
import { dataRoot, displayPath } from "./data_root.ts";
import { defineCommand } from "./flags.ts";
import { inForeground } from "./foreground_work.ts";
import { printLine } from "./output.ts";
import { checkOutputFile, writeOutputFile } from "./output_file.ts";
import { formatBytes } from "./plan_view.ts";
import { runCommand } from "./run_command.ts";
import { JSON_FLAG } from "./run_flags.ts";

export const EXPORT = defineCommand({
  name: "export",
  summary: "Writes a stored dataset to a file in a format of other tools.",
  arguments: {
    dataset: { description: "A run (reach-expert, reach-expert/7), a stage of it, or a path" },
  },
  flags: {
    to: {
      type: "text",
      placeholder: "FORMAT",
      description: "Format of the file",
      default: "hdf5",
      aliases: ["format"],
    },
    output: {
      type: "text",
      placeholder: "FILE",
      description: "File to write; beside the run where absent. It is replaced if it exists",
    },
    ...JSON_FLAG,
  },
  examples: [
    ["deno task export reach-expert --to hdf5 --output reach.h5", "the latest run, for h5py"],
    ["deno task export reach-compare/3/merge_clean", "one of several datasets of a run"],
  ],
  readsStored: true,
});

if (import.meta.main) {
  await runCommand(EXPORT, async ({ arguments: { dataset }, flags }) => {
    const exporter = getExporter(flags.to);
    const root = dataRoot();
    const { directory, run } = await resolveOutput(root, dataset, "merge");
    const beside = run === null ? directory : join(root, run.directory);
    const { path } = checkOutputFile(
      flags.output ?? `${join(beside, "dataset")}${exporter.extension}`,
      exporter,
    );
    const bytes = await inForeground(
      "no file was written",
      ({ signal, show }) =>
        writeOutputFile(directory, { path, exporter }, {
          signal,
          onProgress: ({ episodes, total }) =>
            show(
              `Writing ${displayPath(path)}: ${formatCount(episodes)} of ${
                formatCount(total)
              } episodes`,
            ),
        }),
    );
    printLine(
      flags.json
        ? JSON.stringify({ path, bytes, format: exporter.name })
        : `${displayPath(path)}  ${formatBytes(bytes)}`,
    );
    return 0;
  });
}
