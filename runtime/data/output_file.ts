import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { InvalidInputError, messageOf, StoreAccessError } from "../../core/errors.ts";
import {
  exportDataset,
  type Exporter,
  type ExportOptions,
  listExporters,
  requireVacant,
} from "../../store/mod.ts";
import { VideoEncoder } from "../../view/video.ts";
import { userPath } from "./data_root.ts";

/** A file or directory that a dataset will be written to. */
export interface OutputFile {
  /** Absolute. */
  readonly path: string;
  readonly exporter: Exporter;
}

/** Other endings of the same formats. */
const ENDINGS: Readonly<Record<string, string>> = { ".hdf5": ".h5" };

/**
 * Returns the format that a file's name selects, and checks that the file can be written there. It
 * writes nothing.
 *
 * @param from Absolute path of the person's directory
 * @param wanted The only format that will do; any of a file if absent
 * @throws {InvalidInputError} If no exporter has the ending, or nothing can lie there
 */
export function checkOutputFile(file: string, from: string, wanted?: Exporter): OutputFile {
  if (wanted?.extension === null) return { path: checkNewDirectory(file, from), exporter: wanted };
  const ending = /\.[^./]+$/.exec(file)?.[0]?.toLowerCase() ?? "";
  const exporters = wanted === undefined ? listExporters() : [wanted];
  const exporter = exporters.find(({ extension }) =>
    extension === ending || extension === ENDINGS[ending]
  );
  if (exporter === undefined) {
    const known = exporters.flatMap(({ extension }) => extension ?? []).join(" or ");
    throw new InvalidInputError({
      action: "write",
      place: file,
      expected: `a name ending in ${known}`,
      found: `"${ending}"`,
      remedy: "use one of these endings",
    });
  }
  return { path: checkPlace(file, from), exporter };
}

/**
 * Returns the absolute path of a file that can be written, as far as that can be checked without
 * writing.
 *
 * @param from Absolute path of the person's directory
 * @throws {InvalidInputError} If no file can lie there
 */
export function checkPlace(file: string, from: string): string {
  const path = checkParent(file, from);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw new InvalidInputError({
    action: "write",
    place: file,
    expected: "a file or nothing",
    found: "a directory",
    remedy: "give the path of a file in it",
  });
}

/**
 * Returns the absolute path of a directory that can be made, as far as that can be checked without
 * making it.
 *
 * @throws {InvalidInputError} If something is there already, or no directory can lie there
 */
export function checkNewDirectory(directory: string, from: string): string {
  const path = checkParent(directory, from);
  requireVacant(path);
  return path;
}

/** Absolute path of something whose nearest directory can be written. */
export function checkParent(place: string, from: string): string {
  const path = userPath(place, from);
  try {
    let parent = dirname(path);
    while (!existsSync(parent)) parent = dirname(parent);
    if (!statSync(parent).isDirectory()) {
      throw new InvalidInputError({
        action: "write",
        place,
        expected: `a directory at "${parent}"`,
        found: "a file",
        remedy: "choose another path",
      });
    }
    accessSync(parent, constants.W_OK);
    return path;
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError({
      action: "write",
      place,
      expected: "a writable directory",
      found: messageOf(error),
      remedy: "choose another path",
    });
  }
}

/**
 * Writes a dataset to a file or directory, with the directories above it.
 *
 * @param dataset Absolute path of the dataset
 * @param options Which episodes, and what the format is told; images become videos unless it says no
 * @returns Size of what was written, in bytes
 */
export function exportToFile(
  dataset: string,
  { path, exporter }: OutputFile,
  options: ExportOptions = {},
): Promise<number> {
  makeParent(path);
  return exportDataset(dataset, path, exporter.name, { openVideo: VideoEncoder.open, ...options });
}

/** @throws {StoreAccessError} If it cannot be made; the message ends with the remedy */
export function makeParent(path: string, remedy = "choose another path"): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw new StoreAccessError({
      action: "write",
      place: path,
      problem: messageOf(error),
      remedy,
    });
  }
}
