import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { InvalidInputError, messageOf, StoreAccessError } from "../core/errors.ts";
import { exportDataset, type Exporter, listExporters } from "../store/mod.ts";
import { userPath } from "./data_root.ts";

/** A file that a dataset will be written to. */
export interface OutputFile {
  /** Absolute. */
  readonly path: string;
  readonly exporter: Exporter;
}

/** Other endings of the same formats. */
const ENDINGS: Readonly<Record<string, string>> = { ".hdf5": ".h5" };

/**
 * The format that a file's name asks for, and whether it can lie there. Writes nothing.
 *
 * @param wanted The only format that will do; any where absent
 * @throws {InvalidInputError} If no exporter has the ending, or no file can lie there
 */
export function checkOutputFile(file: string, wanted?: Exporter): OutputFile {
  const ending = /\.[^./]+$/.exec(file)?.[0]?.toLowerCase() ?? "";
  const exporters = wanted === undefined ? listExporters() : [wanted];
  const exporter = exporters.find(({ extension }) =>
    extension === ending || extension === ENDINGS[ending]
  );
  if (exporter === undefined) {
    const known = exporters.map(({ extension }) => extension).join(" or ");
    throw new InvalidInputError(
      `Cannot write "${file}": expected a name that ends in ${known}, found "${ending}": rename it`,
    );
  }
  return { path: checkPlace(file), exporter };
}

/**
 * Absolute path of a file that can be written, as far as can be told without writing.
 *
 * @throws {InvalidInputError} If no file can lie there
 */
export function checkPlace(file: string): string {
  const path = userPath(file);
  try {
    let parent = dirname(path);
    while (!existsSync(parent)) parent = dirname(parent);
    if (!statSync(parent).isDirectory()) {
      throw new InvalidInputError(
        `Cannot write "${file}": expected a directory at "${parent}", found a file: name another place`,
      );
    }
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new InvalidInputError(
        `Cannot write "${file}": expected a file or nothing, found a directory: name a file in it`,
      );
    }
    accessSync(parent, constants.W_OK);
    return path;
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError(
      `Cannot write "${file}": expected a directory that can be written, found ` +
        `${messageOf(error)}: name another place`,
    );
  }
}

/**
 * Writes a dataset to a file, with the directories above it.
 *
 * @param dataset Absolute path of the dataset
 * @returns Size of the file in bytes
 */
export async function writeOutputFile(
  dataset: string,
  { path, exporter }: OutputFile,
  options: Parameters<typeof exportDataset>[3] = {},
): Promise<number> {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw new StoreAccessError(`Cannot write "${path}": ${messageOf(error)}: name another place`);
  }
  return await exportDataset(dataset, path, exporter.name, options);
}
