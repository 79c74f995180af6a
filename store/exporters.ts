import * as fs from "node:fs";
import { dirname } from "node:path";
import { InvalidInputError } from "../core/errors.ts";
import { suggestName } from "../core/suggest.ts";
import { accessError } from "./access.ts";
import { type Dataset, openDataset } from "./dataset.ts";
import { flushDirectory, removeFile, temporaryName } from "./files.ts";
import { selectEpisodes } from "./selection.ts";

/** Formats that datasets can be written in: each one file with an exporter, and its registration. */

export interface ExportProgress {
  readonly episodes: number;
  readonly total: number;
}

/** How an export is watched and stopped. */
export interface ExportControl {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ExportProgress) => void;
}

export interface ExportOptions extends ExportControl {
  /** Numbers of the episodes to export, in order; all where absent. */
  readonly episodes?: readonly number[];
}

/** A file format. */
export interface Exporter {
  /** What `--to` takes. */
  readonly name: string;
  readonly description: string;
  /** Of the file, with the dot. */
  readonly extension: string;
  /** Writes the whole dataset to a file that does not exist, an episode at a time. */
  write(dataset: Dataset, file: string, options: ExportControl): Promise<void>;
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
  throw new InvalidInputError(
    `Cannot export to "${name}": expected a known format, found none of that name: ` +
      suggestName(name, [...exporters.keys()]),
  );
}

/** Every exporter, in order of registration. */
export function listExporters(): readonly Exporter[] {
  return [...exporters.values()];
}

/**
 * Exports a dataset: all or nothing, by temporary file and rename; an existing file is replaced.
 *
 * @param directory Of the dataset
 * @param file To write
 * @param format Name of an exporter
 * @returns Size of the file in bytes
 * @throws {InvalidInputError} If the format is unknown, or the file is no place for a file
 * @throws {DamagedStoreError} If the dataset is damaged
 * @throws {StoreAccessError} If the disk is full, read-only or without permission
 */
export async function exportDataset(
  directory: string,
  file: string,
  format: string,
  { episodes, ...control }: ExportOptions = {},
): Promise<number> {
  const exporter = getExporter(format);
  requirePlace(file);
  const whole = await openDataset(directory);
  const dataset = episodes === undefined ? whole : selectEpisodes(whole, episodes);
  const temporary = temporaryName(file);
  try {
    await exporter.write(dataset, temporary, control);
    const descriptor = fs.openSync(temporary, "r");
    fs.fsyncSync(descriptor);
    fs.closeSync(descriptor);
    fs.renameSync(temporary, file);
    flushDirectory(dirname(file));
  } catch (error) {
    throw accessError(error, file);
  } finally {
    removeFile(temporary);
  }
  return fs.statSync(file).size;
}

/** @throws {InvalidInputError} If a file cannot lie there */
function requirePlace(file: string): void {
  const parent = fs.statSync(dirname(file), { throwIfNoEntry: false });
  if (!parent?.isDirectory()) {
    throw new InvalidInputError(
      `Cannot write "${file}": expected a directory at "${dirname(file)}", found ` +
        `${parent ? "a file" : "nothing"}: make it, or name another file`,
    );
  }
  if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InvalidInputError(
      `Cannot write "${file}": expected a file or nothing, found a directory: name a file in it`,
    );
  }
}
