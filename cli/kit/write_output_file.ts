import { displayPath } from "./places.ts";
import { exportToFile, type OutputFile } from "../../runtime/data/output_file.ts";
import type { ExportOptions } from "../../store/foreign.ts";
import { formatCount } from "../../view/format.ts";
import { inForeground } from "./foreground_work.ts";

/** {@linkcode exportToFile} in the foreground: it shows how far it is and can be stopped. */
export function writeOutputFile(
  dataset: string,
  output: OutputFile,
  options: Omit<ExportOptions, "signal" | "onProgress"> = {},
): Promise<number> {
  return inForeground("nothing was written", ({ signal, show }) =>
    exportToFile(dataset, output, {
      ...options,
      signal,
      onProgress: ({ episodes, total }) =>
        show(
          `Writing ${displayPath(output.path)}: ${formatCount(episodes)} of ${
            formatCount(total)
          } episodes`,
        ),
    }));
}
