import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { filmDataset } from "../../activities/report/filmed_dataset.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { environmentOf, listEnvironments, recorderOf } from "../../sim/mod.ts";
import { type ExportOptions, getExporter } from "../../store/foreign.ts";
import { type Dataset, openDataset } from "../../store/mod.ts";
import { displayPath, outputRoot } from "./places.ts";
import { makeParent } from "../../runtime/data/output_place.ts";
import { writeOutputFile } from "./write_output_file.ts";
import { formatBytes } from "../../view/format.ts";

/**
 * Options that `deno task export --to lerobot` and `run-env` pass on to LeRobot datasets, and their
 * destinations.
 */

/** Flags that only this format has. */
export const LEROBOT_FLAGS = {
  task: {
    type: "text",
    placeholder: "TEXT",
    description:
      "lerobot: task instruction of the episodes (default the gym config's instruction, or " +
      "the environment's description)",
    aliases: ["instruction"],
  },
  robot: {
    type: "text",
    placeholder: "NAME",
    description: "lerobot: robot name (default the gym config's or the environment's)",
    aliases: ["robot-type"],
  },
  pictures: {
    type: "text",
    placeholder: "FORM",
    description: "lerobot: store camera frames as video, or losslessly as png",
    default: "video",
    choices: ["video", "png"],
  },
  video: {
    type: "boolean",
    description: "lerobot: add a camera by replaying the recorded actions",
  },
  size: {
    type: "integer",
    description: "lerobot: width and height of that camera (px)",
    default: 192,
    min: 16,
    max: 1024,
  },
} as const;

/** Values of {@linkcode LEROBOT_FLAGS}. */
export interface LeRobotFlags {
  readonly task: string | undefined;
  readonly robot: string | undefined;
  readonly pictures: string;
  readonly video: boolean;
  readonly size: number;
}

/**
 * Converts the flags to the options of an export.
 *
 * @throws {InvalidInputError} If another format is given some of them
 */
export function lerobotOptions(
  format: string,
  { attributes, schema }: Dataset,
  flags: LeRobotFlags,
): Omit<ExportOptions, "signal"> {
  const { pictures, video, size } = flags;
  if (format !== "lerobot") {
    const given = Object.entries({
      task: flags.task,
      robot: flags.robot,
      video: video || undefined,
    })
      .find(([, value]) => value !== undefined);
    if (given === undefined) return {};
    throw new InvalidInputError({
      action: `export to "${format}" with`,
      place: `--${given[0]}`,
      expected: "it with lerobot only",
      remedy: "omit it, or add --to lerobot",
    });
  }
  const { robot_meta, instruction, extra } = recorderOf(schema.environment, schema.options) ?? {};
  const robot = flags.robot ?? robot_meta?.robot_type;
  // Imported episodes have tasks of their own.
  const known = instruction?.lang ??
    ("tasks" in attributes ? undefined : taskOf(schema.environment));
  const task = flags.task ?? known;
  return {
    ...(robot_meta === undefined ? {} : {
      about: {
        robot_meta,
        ...(instruction === undefined ? {} : { instruction }),
        extra: extra ?? {},
      },
    }),
    ...(task === undefined ? {} : { task }),
    ...(robot === undefined ? {} : { robot }),
    ...(pictures === "png" ? { openVideo: null } : {}),
    ...(video
      ? { transform: (dataset) => filmDataset(dataset, environmentOf(dataset.schema), size) }
      : {}),
  };
}

/** Returns the description of an environment; undefined if it is not known here. */
function taskOf(environment: string): string | undefined {
  return listEnvironments().find(({ name }) => name === environment)?.description;
}

/**
 * Writes the dataset of a run as the recorder of its gym config asks, into the next numbered folder.
 *
 * @param name Of the run's pipeline
 * @param directory Of the dataset
 * @returns What was written, in a line; null if the config has no recorder
 */
export async function recordLeRobot(name: string, directory: string): Promise<string | null> {
  const dataset = await openDataset(directory), { environment, options } = dataset.schema;
  const recorder = recorderOf(environment, options);
  if (recorder === null) return null;
  const { save_path, use_videos } = recorder;
  const root = save_path === undefined ? undefined : join(outputRoot(), save_path);
  const path = nextLeRobotFolder(name, root), exporter = getExporter("lerobot");
  makeParent(path, "set SLUICE_LEROBOT_HOME to another directory and run the command again");
  const bytes = await writeOutputFile(
    directory,
    { path, exporter },
    lerobotOptions(exporter.name, dataset, {
      ...{ task: undefined, robot: undefined, video: false, size: LEROBOT_FLAGS.size.default },
      pictures: use_videos ? "video" : "png",
    }),
  );
  return `LeRobot      ${displayPath(path)}  ${formatBytes(bytes)}`;
}

/** Directory of LeRobot datasets: `SLUICE_LEROBOT_HOME`, else `lerobot` in the data directory. */
function lerobotRoot(): string {
  return resolve(Deno.env.get("SLUICE_LEROBOT_HOME") || join(outputRoot(), "lerobot"));
}

/**
 * The next numbered folder of a name.
 *
 * @param name Of a pipeline, or of a dataset that a path names
 */
export function nextLeRobotFolder(name: string, root: string = lerobotRoot()): string {
  const parent = join(root, name);
  const numbers = existsSync(parent)
    ? readdirSync(parent).filter((name) => /^\d+$/.test(name))
    : [];
  const next = numbers.reduce((largest, name) => Math.max(largest, Number(name)), 0) + 1;
  return join(parent, String(next).padStart(4, "0"));
}
