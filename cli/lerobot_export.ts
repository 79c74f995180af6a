import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { filmDataset } from "../activities/filmed_dataset.ts";
import { InvalidInputError } from "../core/errors.ts";
import { environmentOf, listEnvironments } from "../sim/mod.ts";
import type { Dataset, ExportOptions, RunLocation } from "../store/mod.ts";
import { dataRoot } from "./data_root.ts";

/** What `deno task export --to lerobot` takes beside the dataset, and where it writes. */

/** Flags that only this format has. */
export const LEROBOT_FLAGS = {
  task: {
    type: "text",
    placeholder: "TEXT",
    description: "lerobot: what the episodes are about, as a robot would be told",
    aliases: ["instruction"],
  },
  robot: {
    type: "text",
    placeholder: "NAME",
    description: "lerobot: name of the robot; the environment's where absent",
    aliases: ["robot-type"],
  },
  pictures: {
    type: "text",
    placeholder: "FORM",
    description: "lerobot: keep pictures as video, or exactly as png",
    default: "video",
    choices: ["video", "png"],
  },
  video: {
    type: "boolean",
    description: "lerobot: add a camera, by simulating the recorded actions again",
  },
  size: {
    type: "integer",
    description: "lerobot: width and height of that camera in px",
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
 * What the flags mean to an export of a dataset.
 *
 * @throws {InvalidInputError} If another format is given some of them
 */
export function lerobotOptions(
  format: string,
  { attributes, schema }: Dataset,
  flags: LeRobotFlags,
): Omit<ExportOptions, "signal"> {
  const { robot, pictures, video, size } = flags;
  if (format !== "lerobot") {
    const given = Object.entries({ task: flags.task, robot, video: video || undefined })
      .find(([, value]) => value !== undefined);
    if (given === undefined) return {};
    throw new InvalidInputError(
      `Cannot export to "${format}" with "--${
        given[0]
      }": expected it for lerobot only: leave it out`,
    );
  }
  // Imported episodes have tasks of their own.
  const task = flags.task ?? ("tasks" in attributes ? undefined : taskOf(schema.environment));
  return {
    ...(task === undefined ? {} : { task }),
    ...(robot === undefined ? {} : { robot }),
    ...(pictures === "png" ? { openVideo: null } : {}),
    ...(video
      ? { transform: (dataset) => filmDataset(dataset, environmentOf(dataset.schema), size) }
      : {}),
  };
}

/** What an environment does, in words; undefined where it is not known here. */
function taskOf(environment: string): string | undefined {
  return listEnvironments().find(({ name }) => name === environment)?.description;
}

/** Directory of LeRobot datasets: `SLUICE_LEROBOT_HOME`, else `lerobot` in the data directory. */
export function lerobotRoot(): string {
  return resolve(Deno.env.get("SLUICE_LEROBOT_HOME") || join(dataRoot(), "lerobot"));
}

/** The next numbered folder of a run, or of a dataset that a path names. */
export function nextLeRobotFolder(run: RunLocation | null, directory: string): string {
  const parent = join(lerobotRoot(), run?.pipeline ?? basename(directory));
  const numbers = existsSync(parent)
    ? readdirSync(parent).filter((name) => /^\d+$/.test(name))
    : [];
  const next = numbers.reduce((largest, name) => Math.max(largest, Number(name)), 0) + 1;
  return join(parent, String(next).padStart(4, "0"));
}
