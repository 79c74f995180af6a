import type { Dataset } from "./dataset.ts";

export interface ExportProgress {
  readonly episodes: number;
  readonly total: number;
}

export interface ExportOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ExportProgress) => void;
}

/** A file format that datasets can be written in. One file in `store/` plus its registration. */
export interface Exporter {
  /** What `--to` takes. */
  readonly name: string;
  readonly description: string;
  /** Of the file, with the dot. */
  readonly extension: string;
  /** Writes the whole dataset to a file that does not exist. */
  write(dataset: Dataset, file: string, options: ExportOptions): Promise<void>;
}

/** @throws {TypeError} If the name is taken */
export function registerExporter(_exporter: Exporter): void {
  throw new Error("not built yet");
}

/** @throws {InvalidInputError} If there is none of the name */
export function getExporter(_name: string): Exporter {
  throw new Error("not built yet");
}

export function listExporters(): readonly Exporter[] {
  throw new Error("not built yet");
}

/**
 * Exports a dataset: all or nothing, by temporary file and rename; an existing file is replaced.
 *
 * @param directory Of the dataset
 * @param file To write
 * @param format Name of an exporter
 * @throws {InvalidInputError} If the format is unknown or the file cannot be written there
 * @returns Size of the file in bytes
 */
export function exportDataset(
  _directory: string,
  _file: string,
  _format: string,
  _options: ExportOptions = {},
): Promise<number> {
  throw new Error("not built yet");
}
