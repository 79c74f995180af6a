import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InvalidInputError } from "../core/errors.ts";
import { createDirectory, importLeRobot, type ImportResult } from "../store/mod.ts";
import { formatCount } from "../view/format.ts";
import { dataRoot, displayPath, makeDataRoot, userPath } from "./data_root.ts";
import { findFfmpeg } from "./ffmpeg.ts";
import { defineCommand } from "./flags.ts";
import { inForeground } from "./foreground_work.ts";
import { noteLine, printLine } from "./output.ts";
import { checkNewDirectory, makeParent } from "./output_file.ts";
import { runCommand } from "./run_command.ts";
import { JSON_FLAG } from "./run_flags.ts";

export const IMPORT = defineCommand({
  name: "import",
  summary: "Reads a LeRobot v3 dataset as a dataset of the data directory.",
  description: "Columns, episodes, tasks, rate and pictures are read, those in videos by FFmpeg: " +
    "without one on the PATH they are left out, and named.",
  arguments: {
    directory: { description: "Directory of the LeRobot dataset, with meta/info.json" },
  },
  flags: {
    into: {
      type: "text",
      placeholder: "DIR",
      description:
        "Directory to write, which must not exist; datasets/<name> in the data directory",
    },
    skipVideos: {
      type: "boolean",
      description: "Leave pictures in videos out: decoded, they take much space",
    },
    seed: {
      type: "integer",
      placeholder: "SEED",
      description: "Of the splits, where the dataset has none",
      default: 0,
      min: 0,
    },
    ...JSON_FLAG,
  },
  examples: [
    ["deno task import ~/.cache/huggingface/lerobot/lerobot/pusht", "to data/datasets/pusht"],
    ["deno task import so100 --into data/datasets/so100-v2", "to a place of its own"],
  ],
});

/** Name of an imported dataset: a numbered folder's says little, so it has that above it too. */
function nameOf(source: string): string {
  const name = basename(source);
  return /^\d+$/.test(name) ? `${basename(dirname(source))}-${name}` : name;
}

/** @throws {InvalidInputError} If there is no such directory */
function checkSource(directory: string): string {
  const source = userPath(directory);
  const found = statSync(source, { throwIfNoEntry: false });
  if (found?.isDirectory()) return source;
  throw new InvalidInputError(
    `Cannot import "${directory}": expected a directory, found ${
      found ? "a file" : "nothing"
    }: name ` +
      "that with meta/info.json in it",
  );
}

if (import.meta.main) {
  await runCommand(IMPORT, async ({ arguments: { directory }, flags }) => {
    const { into, seed, skipVideos, json } = flags;
    const source = checkSource(directory), root = dataRoot();
    const target = checkNewDirectory(into ?? join(root, "datasets", nameOf(source)));
    await makeDataRoot(root);
    makeParent(target);
    const openFrames = skipVideos ? null : await findFfmpeg();
    let result: ImportResult | undefined;
    await inForeground(
      "no dataset was written",
      ({ signal, show }) =>
        createDirectory(target, async (temporary) => {
          result = await importLeRobot(source, temporary, {
            seed,
            openFrames,
            signal,
            onProgress: ({ episodes, total }) =>
              show(
                `Reading ${directory}: ${formatCount(episodes)} of ${formatCount(total)} episodes`,
              ),
          });
        }),
    );
    const { commit: { digest, counts }, leftOut } = result!; // createDirectory() called the writer
    const path = displayPath(target);
    if (json) {
      printLine(JSON.stringify({ path, digest, counts, leftOut }));
      return 0;
    }
    printLine(
      `${path}  ${formatCount(counts["total_episodes"]!)} episodes, ` +
        `${formatCount(counts["total_steps"]!)} steps`,
    );
    if (leftOut.length > 0) noteLine(`Left out: ${leftOut.join(", ")}`);
    if (!skipVideos && openFrames === null && leftOut.some((name) => name.endsWith("(video)"))) {
      noteLine("Videos are decoded by FFmpeg: install it, remove the dataset and import it again");
    }
    printLine(`\nNext:\n  deno task train ${path} --model bc\n  deno task episodes ${path}`);
    return 0;
  });
}
