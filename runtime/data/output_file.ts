import { InvalidInputError } from "../../core/errors.ts";
import {
  exportDataset,
  type Exporter,
  type ExportOptions,
  listExporters,
} from "../../store/foreign.ts";
import { VideoEncoder } from "../../view/video.ts";
import { checkNewDirectory, checkPlace, makeParent } from "./output_place.ts";

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
