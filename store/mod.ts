/** Stores: shards, datasets, checkpoints and runs on disk, and what they promise. */
import "./hdf5.ts";
import "./hdf5_quadruped.ts";
import "./lerobot/import.ts";
import "./lerobot/write.ts";
import "./npz_samples.ts";
import "./transitions.ts";

export { accessError } from "./access.ts";
export {
  type Checkpoint,
  type CheckpointData,
  type LatestCheckpoint,
  latestCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  pruneCheckpoints,
  saveCheckpoint,
} from "./checkpoint.ts";
export { type CleanOptions, type CleanReport, cleanStages, type Removal } from "./clean.ts";
export { CODEC_VERSION } from "./codecs.ts";
export {
  type Commit,
  type CommitInfo,
  type FileHashes,
  readCommit,
  readCommitSync,
  SCHEMA_VERSION,
} from "./commit.ts";
export { createDirectory, isVacant, requireVacant } from "./directories.ts";
export { type Dataset, openDataset } from "./dataset.ts";
export { type Batch, DatasetReader, type DatasetReaderOptions } from "./dataset_reader.ts";
export {
  companionOf,
  type ExportControl,
  exportDataset,
  type Exporter,
  type ExportExtras,
  type ExportOptions,
  type ExportProgress,
  getExporter,
  listExporters,
  registerExporter,
} from "./exporters.ts";
export { removeStrays, writeFileAtomically } from "./files.ts";
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
export type { FrameSource, OpenFrames } from "./lerobot/video_frames.ts";
export { acquireLock, type StageLock } from "./lock.ts";
export {
  commitManifest,
  manifestDirectory,
  type ManifestInfo,
  readStageCommit,
} from "./manifest.ts";
export { mergeDatasets, type MergeOptions, type MergeProgress } from "./merge.ts";
export type { MergeInput } from "./merge_plan.ts";
export {
  importedPolicyDirectory,
  importPolicy,
  loadImportedPolicy,
  loadPolicy,
  savePolicy,
} from "./policy.ts";
export { mergeStored, type MergeStoredOptions, type StoredInput } from "./merge_stored.ts";
export type { Reject } from "./rejects.ts";
export {
  linkStage,
  listRuns,
  openRunDirectory,
  readRun,
  type RunLocation,
  writeRun,
} from "./runs.ts";
export { type ResolvedOutput, resolveOutput, resolveRun } from "./resolve.ts";
export { selectEpisodes } from "./selection.ts";
export {
  listShards,
  readShard,
  readVerdicts,
  type Shard,
  shardDirectory,
  type ShardOptions,
  writeShard,
  writeVerdicts,
} from "./shard.ts";
export { holdOut } from "./split.ts";
export { type Fault, verifyDirectory, type VerifyOptions, type VerifyReport } from "./verify.ts";
export { readProvenance, StoreWriter, writeProvenance } from "./writer.ts";
