import * as fs from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf } from "../../core/errors.ts";
import type { ImportFaults } from "../imports/fault.ts";
import { regularFileSize } from "./regular_file.ts";

/** Reads the description of a LeRobot dataset. */

/** A feature of `meta/info.json`. */
const FEATURE = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()).max(8),
  // A list, lists under headings, numbers by name, or nothing.
  names: z.unknown().optional(),
});

const COUNT = z.number().int().nonnegative();

const INFO = z.object({
  codebase_version: z.string(),
  robot_type: z.string().nullish(),
  fps: z.number().positive().max(1e6),
  total_episodes: COUNT.optional(),
  total_frames: COUNT.optional(),
  total_tasks: COUNT.optional(),
  chunks_size: z.number().int().positive().optional(),
  splits: z.record(z.string(), z.string()).optional(),
  features: z.record(z.string(), FEATURE),
});

/** Part of `meta/info.json` that is read. */
export type LeRobotInfo = z.output<typeof INFO>;

/** Bytes of the file that are read at most: a feature takes some hundred. Brackets cost time. */
const MAX_BYTES = 2 ** 20;

/** Whether each episode has files of its own, and what is said of them lines of JSON. */
export function isVersion2({ codebase_version }: Pick<LeRobotInfo, "codebase_version">): boolean {
  return codebase_version.startsWith("v2.");
}

/**
 * Reads `meta/info.json`.
 *
 * @throws {ImportError} If the directory holds no LeRobot dataset, or one of another version
 */
export function readInfo(directory: string, faults: ImportFaults): LeRobotInfo {
  const path = join(directory, "meta/info.json");
  const refuse = (code: string, expected: string, found: string, remedy: string) =>
    faults.refuse({
      code,
      place: '"meta/info.json"',
      message: `expected ${expected}, found ${found}: ${remedy}`,
    });
  const size = regularFileSize(path);
  if (size === null) {
    throw refuse(
      "missing_files",
      "the description of a LeRobot dataset",
      "none",
      "name the directory above meta/",
    );
  }
  let content: unknown;
  try {
    if (size > MAX_BYTES) throw new RangeError(`${size} bytes`);
    content = JSON.parse(fs.readFileSync(path, "utf8"));
  } catch (error) {
    throw refuse("bad_json", "JSON", messageOf(error), "copy the dataset again");
  }
  const version = z.object({ codebase_version: z.string() }).safeParse(content).data;
  if (version !== undefined && !/^v(2\.[01]|3\.\d+)$/.test(version.codebase_version)) {
    throw refuse(
      "unknown_version",
      "LeRobot v2.0, v2.1 or v3.x",
      version.codebase_version,
      "convert it by LeRobot's own scripts",
    );
  }
  const parsed = INFO.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(
    "bad_info",
    "the fields of LeRobot",
    `${issue!.path.join(".")}: ${issue!.message}`,
    "correct the field",
  );
}
