import * as fs from "node:fs";
import { dirname } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import { accessError } from "../files/access.ts";
import { type Dataset, openDataset } from "../datasets/dataset.ts";
import { createDirectory } from "../files/directories.ts";
import type { OpenVideo } from "../lerobot/image_columns.ts";
import { flushDirectory, removeFile, temporaryName, writeFileAtomically } from "../files/files.ts";
import { removeStraysBeside } from "../files/strays.ts";
import { selectEpisodes } from "../datasets/selection.ts";

/**
 * Formats that datasets can be written in: each one file with an exporter, and its registration.
 */

export interface ExportProgress {
  readonly episodes: number;
  readonly total: number;
}

/** Text that an export adds to the dataset; formats without a place for it leave it out. */
export interface ExportExtras {
  /** Task of the episodes, as an instruction to a robot. */
  readonly task?: string;
  /** Name of the robot. */
  readonly robot?: string;
  /** Whatever else is worth keeping of how the episodes came about, as JSON. */
  readonly about?: Readonly<Record<string, JsonValue>>;
  /** Names of the random streams that drew the episodes: of the generate stages of their run. */
  readonly streams?: readonly string[];
  /** Encodes images as videos; they stay single images if absent or null. */
  readonly openVideo?: OpenVideo | null;
}

/** Control of an export: progress, and a signal that stops it. */
export interface ExportControl extends ExportExtras {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ExportProgress) => void;
}

export interface ExportOptions extends ExportControl {
  /** Numbers of the episodes to export, in order; all if absent. */
  readonly episodes?: readonly number[];
  /** Makes what is exported of what is stored, e.g. with one more camera. */
  readonly transform?: (dataset: Dataset) => Dataset;
}

/** A format of a file or of a directory. */
export interface Exporter {
  /** The value of `--to` that selects it. */
  readonly name: string;
  readonly description: string;
  /** Extension of the file, with the dot; null if the format is a directory. */
  readonly extension: string | null;
  /** Extension of a second, textual file: `.meta.json` in place of `.npz`. */
  readonly sidecar?: string;
  /**
   * Writes the whole dataset, some episodes at a time.
   *
   * @param target A file that does not exist, or a directory that is empty
   * @returns The text of the sidecar, where the format has one
   * @throws {InvalidInputError} If the format cannot hold the dataset
   */
  write(dataset: Dataset, target: string, options: ExportControl): Promise<string | void>;
}

const exporters = new Map<string, Exporter>();

/** @throws {TypeError} If the name is taken */
export function registerExporter(exporter: Exporter): void {
  if (exporters.has(exporter.name)) {
    throw new TypeError(`Cannot register exporter "${exporter.name}": the name is taken`);
  }
  exporters.set(exporter.name, exporter);
}

/** @throws {InvalidInputError} If there is none of the name */
export function getExporter(name: string): Exporter {
  const exporter = exporters.get(name);
  if (exporter !== undefined) return exporter;
  throw new InvalidInputError({
    action: "export to",
    place: name,
    expected: "a known format",
    found: "none of that name",
    remedy: suggestName(name, [...exporters.keys()]),
  });
}

/** Every exporter, in order of registration. */
export function listExporters(): readonly Exporter[] {
  return [...exporters.values()];
}

/**
 * Exports a dataset, all or nothing: written under another name, then renamed. A file that is there
 * is replaced, a directory never: one that holds the same bytes stays, another is refused.
 *
 * @param directory Of the dataset
 * @param target File or directory to write
 * @param format Name of an exporter
 * @returns Size of what was written, in bytes
 * @throws {InvalidInputError} If the format is unknown or cannot hold the dataset, or the target is
 *   no place for it
 * @throws {DamagedStoreError} If the dataset is damaged
 * @throws {StoreAccessError} If the disk is full, read-only or without permission
 */
export async function exportDataset(
  directory: string,
  target: string,
  format: string,
  { episodes, transform = (dataset) => dataset, ...control }: ExportOptions = {},
): Promise<number> {
  const exporter = getExporter(format);
  requirePlace(target, exporter);
  const whole = await openDataset(directory);
  const dataset = transform(episodes === undefined ? whole : selectEpisodes(whole, episodes));
  if (exporter.extension !== null) return await exportFile(dataset, target, { exporter, control });
  return await createDirectory(target, async (temporary) => {
    await exporter.write(dataset, temporary, control);
  });
}

async function exportFile(
  dataset: Dataset,
  file: string,
  { exporter, control }: { readonly exporter: Exporter; readonly control: ExportControl },
): Promise<number> {
  const temporary = temporaryName(file);
  try {
    removeStraysBeside(file);
    const sidecar = await exporter.write(dataset, temporary, control);
    const descriptor = fs.openSync(temporary, "r");
    fs.fsyncSync(descriptor);
    fs.closeSync(descriptor);
    // Before the file itself: who sees that finds this too.
    if (typeof sidecar === "string") {
      await writeFileAtomically(sidecarOf(file, exporter), sidecar);
    }
    fs.renameSync(temporary, file);
    flushDirectory(dirname(file));
  } catch (error) {
    throw accessError(error, file);
  } finally {
    removeFile(temporary);
  }
  return fs.statSync(file).size;
}

/** Path of the second file of a format that has one: `pusht.meta.json` of `pusht.npz`. */
export function sidecarOf(file: string, { extension, sidecar }: Exporter): string {
  const stem = extension !== null && file.endsWith(extension)
    ? file.slice(0, -extension.length)
    : file;
  return stem + sidecar;
}

/** @throws {InvalidInputError} If the target cannot lie there */
function requirePlace(target: string, { extension }: Exporter): void {
  const parent = fs.statSync(dirname(target), { throwIfNoEntry: false });
  if (!parent?.isDirectory()) {
    throw new InvalidInputError({
      action: "write",
      place: target,
      expected: `a directory at "${dirname(target)}"`,
      found: parent ? "a file" : "nothing",
      remedy: "create the directory, or choose another path",
    });
  }
  if (extension === null) return; // createDirectory() says what it finds
  if (fs.statSync(target, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InvalidInputError({
      action: "write",
      place: target,
      expected: "a file or nothing",
      found: "a directory",
      remedy: "name a file in it",
    });
  }
}
