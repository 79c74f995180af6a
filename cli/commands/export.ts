import { resolveArtifact } from "../../runtime/data/artifacts.ts";
import { basename, join } from "node:path";
import { type Split, SPLITS } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { type Exporter, getExporter, listExporters } from "../../store/foreign.ts";
import {
  type Dataset,
  isS3Place,
  openDataset,
  publishDataset,
  type ResolvedOutput,
} from "../../store/mod.ts";
import { formatBytes, formatCount } from "../../view/format.ts";
import { dataRootWith, displayPath, workingDirectory } from "../kit/places.ts";
import { streamsOf } from "../../runtime/data/dataset_streams.ts";
import { defineCommand } from "../kit/flags.ts";
import { LEROBOT_FLAGS, lerobotOptions, nextLeRobotFolder } from "../kit/lerobot_export.ts";
import { inForeground } from "../kit/foreground_work.ts";
import { INSECURE_STORE_FLAG, openObjects } from "../kit/object_place.ts";
import { printLine } from "../kit/output.ts";
import { checkOutputFile } from "../../runtime/data/output_file.ts";
import { writeOutputFile } from "../kit/write_output_file.ts";
import { type ExitStatus, runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";

export const EXPORT = defineCommand({
  name: "export",
  summary: "Exports a stored dataset to another tool's format.",
  description: "Overwrites an existing file. A target directory must be new or empty. Formats:\n" +
    listExporters().map(({ name, description }) => `${name}: ${description}`).join("\n"),
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
        "File or directory to write, or s3://BUCKET/PREFIX (default beside the run; for " +
        "lerobot, the run's next folder in SLUICE_LEROBOT_HOME)",
    },
    split: {
      type: "text",
      placeholder: "SPLIT",
      description: "Export only the episodes of this split",
      choices: SPLITS,
    },
    ...LEROBOT_FLAGS,
    ...INSECURE_STORE_FLAG,
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
    ["deno task export reach-expert --to zarr --output s3://robots/reach", "into a bucket"],
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

/** Writes the whole dataset into a bucket. */
async function publish(
  directory: string,
  place: string,
  { to, split, json, insecureStore }: {
    readonly to: string;
    readonly split: string | undefined;
    readonly json: boolean;
    readonly insecureStore: boolean;
  },
): Promise<ExitStatus> {
  if (to !== "zarr" || split !== undefined) {
    throw new InvalidInputError({
      action: "export to",
      place,
      expected: "--to zarr and the whole dataset",
      found: to === "zarr" ? `--split ${split}` : `--to ${to}`,
      remedy: "export to a file or directory, and copy that into the bucket",
    });
  }
  const blobs = openObjects(place, { insecureStore });
  const { bytes, digest, isOld } = await inForeground(
    "the same command completes it",
    ({ signal, show }) =>
      publishDataset(directory, blobs, {
        signal,
        onProgress: ({ files, total }) =>
          show(`Writing ${place}: ${formatCount(files)} of ${formatCount(total)} objects`),
      }),
  );
  printLine(
    json
      ? JSON.stringify({ path: blobs.place, bytes, format: to, digest })
      : `${blobs.place}  ${formatBytes(bytes)}${isOld ? ", there already" : ""}`,
  );
  return 0;
}

if (import.meta.main) {
  await runCommand(EXPORT, async ({ arguments: { dataset }, flags }) => {
    const exporter = getExporter(flags.to);
    const root = await dataRootWith(dataset, "dataset");
    const { directory, run, stage } = await resolveArtifact(root, dataset, "dataset");
    if (flags.output !== undefined && isS3Place(flags.output)) {
      return await publish(directory, flags.output, flags);
    }
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
