import { resolveArtifact } from "../../runtime/data/artifacts.ts";
import { basename, join } from "node:path";
import { type Split, SPLITS } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import {
  type Dataset,
  type Exporter,
  getExporter,
  listExporters,
  openDataset,
  type ResolvedOutput,
} from "../../store/mod.ts";
import { formatBytes } from "../../view/format.ts";
import { dataRoot, displayPath, workingDirectory } from "../kit/places.ts";
import { streamsOf } from "../../runtime/data/dataset_streams.ts";
import { defineCommand } from "../kit/flags.ts";
import { LEROBOT_FLAGS, lerobotOptions, nextLeRobotFolder } from "../kit/lerobot_export.ts";
import { printLine } from "../kit/output.ts";
import { checkOutputFile } from "../../runtime/data/output_file.ts";
import { writeOutputFile } from "../kit/write_output_file.ts";
import { runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";

export const EXPORT = defineCommand({
  name: "export",
  summary: "Exports a stored dataset to another tool's format.",
  description: "Overwrites an existing file. A target directory must be new or empty. Formats: " +
    `${listExporters().map(({ name, description }) => `${name} is ${description}`).join("; ")}.`,
  arguments: {
    dataset: { description: "A run (reach-expert, reach-expert/7), one of its stages, or a path" },
  },
  flags: {
    to: {
      type: "text",
      placeholder: "FORMAT",
      description: `Format: ${listExporters().map(({ name }) => name).join(", ")}`,
      default: "hdf5",
      aliases: ["format"],
    },
    output: {
      type: "text",
      placeholder: "PATH",
      description:
        "File or directory to write (default beside the run; for lerobot, the run's next " +
        "folder in SLUICE_LEROBOT_HOME)",
    },
    split: {
      type: "text",
      placeholder: "SPLIT",
      description: "Export only the episodes of this split",
      choices: SPLITS,
    },
    ...LEROBOT_FLAGS,
    ...JSON_FLAG,
  },
  examples: [
    ["deno task export reach-expert --to hdf5 --output reach.h5", "the latest run, for h5py"],
    ["deno task export reach-compare/3/merge_clean", "one of a run's several datasets"],
    [
      "deno task export pusht-dmp-gym --to npz --split test --output data/random_dmp_npz/test",
      "one split of random movements, with index.jsonl",
    ],
    ["deno task export pusht-dmp --to transitions --output pusht.npz", "padded arrays, for NumPy"],
    ["deno task export reach-expert --to lerobot --video", "for LeRobot, with a camera"],
  ],
});

/** @throws {InvalidInputError} If the split has no episode */
async function episodesOf(dataset: Dataset, split: Split): Promise<readonly number[]> {
  const { data } = await dataset.readEpisodes("split"), wanted = SPLITS.indexOf(split);
  const episodes = Array.from(data.keys()).filter((episode) => Number(data[episode]) === wanted);
  if (episodes.length > 0) return episodes;
  throw new InvalidInputError({
    action: "export split",
    place: split,
    expected: "episodes in it",
    found: "none",
    remedy: "choose another split, or omit --split",
  });
}

/** Returns the default location of an export. */
function defaultPlace(
  { name, extension }: Exporter,
  { root, directory, run, stage }: Omit<ResolvedOutput, "path" | "digest"> & {
    readonly root: string;
  },
): string {
  if (name === "lerobot") return nextLeRobotFolder(run?.pipeline ?? basename(directory));
  const beside = run === null ? directory : join(root, run.directory);
  // Several datasets of a run lie side by side.
  const dataset = stage === null || stage === "merge" ? "dataset" : stage;
  return join(beside, extension === null ? name : `${dataset}${extension}`);
}

if (import.meta.main) {
  await runCommand(EXPORT, async ({ arguments: { dataset }, flags }) => {
    const exporter = getExporter(flags.to);
    const root = dataRoot();
    const { directory, run, stage } = await resolveArtifact(root, dataset, "dataset");
    const place = flags.output ?? defaultPlace(exporter, { root, directory, run, stage });
    const output = checkOutputFile(place, workingDirectory(), exporter), { path } = output;
    const stored = await openDataset(directory);
    const bytes = await writeOutputFile(directory, output, {
      ...lerobotOptions(exporter.name, stored, flags),
      streams: await streamsOf(root, run),
      ...(flags.split === undefined
        ? {}
        : { episodes: await episodesOf(stored, flags.split as Split) }), // one of its choices
    });
    printLine(
      flags.json
        ? JSON.stringify({ path, bytes, format: exporter.name })
        : `${displayPath(path)}  ${formatBytes(bytes)}`,
    );
    return 0;
  });
}
