/** Foreign data: the formats from which datasets are imported, and to which they are exported. */
import "./exports/hdf5.ts";
import "./exports/hdf5_quadruped.ts";
import "./lerobot/import.ts";
import "./imports/hdf5/mod.ts";
import "./lerobot/write.ts";
import "./exports/npz_samples.ts";
import "./exports/transitions.ts";
import "./exports/zarr.ts";

export {
  type ExportControl,
  exportDataset,
  type Exporter,
  type ExportExtras,
  type ExportOptions,
  type ExportProgress,
  getExporter,
  listExporters,
  registerExporter,
  sidecarOf,
} from "./exports/exporters.ts";
export type { FaultSeverity, ImportFault } from "./imports/fault.ts";
export {
  checkImport,
  type CheckOptions,
  type ImportCheck,
  importDataset,
  type ImportOptions,
  type ImportResult,
} from "./imports/import.ts";
export { type ImportedColumn, listImporters } from "./imports/importer.ts";
export { ParquetFile } from "./lerobot/parquet.ts";
export type { FrameSource, OpenFrames } from "./lerobot/video_frames.ts";
