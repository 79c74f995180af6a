/**
 * Stores: shards, datasets, checkpoints and runs on disk, and what they promise. Formats of others are
 * in `foreign.ts`: whoever stores and reads episodes needs none of them.
 */

export type { Blobs } from "./blobs/blobs.ts";
export {
  publishDataset,
  type Published,
  type PublishOptions,
  readPublishedCommit,
  verifyPublished,
} from "./blobs/publish.ts";
export { type BlobsAccess, openBlobs, openBlobsAbove } from "./blobs/open_blobs.ts";
export { isS3Place } from "./blobs/s3_place.ts";
export { BucketRoot, type Exactness } from "./bucket/bucket_root.ts";
export { checkpointsIn, fillCheckpoints, pushCheckpoints } from "./bucket/checkpoints.ts";
export { cleanBucket, deleteBucketRun, placesInBucket } from "./bucket/removal.ts";
export {
  fillNewRun,
  fillRecords,
  fillRun,
  fillRuns,
  pushFile,
  pushRun,
  reserveRun,
} from "./bucket/run_objects.ts";
export { CACHE_BYTES, trimWorkingRoot } from "./bucket/trim.ts";
export { UncheckedCopy } from "./bucket/unchecked_copy.ts";
export { openBucketRoot } from "./bucket/working_root.ts";
export { namedError } from "./files/access.ts";
export {
  type Checkpoint,
  type CheckpointData,
  type LatestCheckpoint,
  latestCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  pruneCheckpoints,
  saveCheckpoint,
} from "./runs/checkpoint.ts";
export { type EpisodeRecords, openShards } from "./episodes/shard_episodes.ts";
export { deleteRun, planDeletion, type RunDeletion } from "./runs/delete_run.ts";
export { type CleanOptions, type CleanReport, cleanStages, type Removal } from "./runs/clean.ts";
export { CODEC_VERSION } from "./zarr/codecs.ts";
export { type Commit, type CommitInfo, SCHEMA_VERSION, sumsOf } from "./files/commit.ts";
export { type FileHashes } from "./files/file_index.ts";
export { hasCommit, readCommit, readCommitSync } from "./files/read_commit.ts";
export { createDirectory, isVacant, requireVacant } from "./files/directories.ts";
export { type Dataset, factsOf, openDataset } from "./datasets/dataset.ts";
export { type Batch, DatasetReader, type DatasetReaderOptions } from "./datasets/dataset_reader.ts";
export { requireContained } from "./contained.ts";
export { packedPath, unpackedPath } from "./files/packed.ts";
export { readTextFile, writeFileAtomically } from "./files/files.ts";
export { removeStrays } from "./files/strays.ts";
export {
  createRootFile,
  isInPlace,
  readRootFile,
  replaceRootFile,
  requireRootSchema,
  ROOT_FILE,
  type RootFile,
  type UsedServer,
} from "./root/root_file.ts";
export { acquireLock, type StageLock } from "./files/lock.ts";
export {
  commitManifest,
  manifestDirectory,
  type ManifestInfo,
  readQuarantined,
  readStageCommit,
  shardsUpTo,
} from "./episodes/manifest.ts";
export { type ChunkSize, DEFAULT_CHUNK } from "./datasets/merge_columns.ts";
export {
  type DatasetOutline,
  mergeDatasets,
  type MergeOptions,
  type MergeProgress,
} from "./datasets/merge.ts";
export { outlineOf, writeDataset } from "./datasets/write_dataset.ts";
export { compileCondition, type EpisodeRecord, type FieldValue } from "./episodes/condition.ts";
export { batchesOf } from "./episodes/episode_batches.ts";
export {
  DERIVED_FIELDS,
  episodesWhere,
  isNameField,
  readRecords,
  recordedFields,
  recordField,
  recordFields,
} from "./episodes/records.ts";
export { ACTION_LABEL } from "./datasets/merge_schema.ts";
export type { MergeInput } from "./datasets/merge_plan.ts";
export {
  type ImportedPolicy,
  importedPolicyDirectory,
  importPolicy,
  loadImportedPolicy,
  loadPolicy,
  ONNX_DESCRIPTION,
  ONNX_FILE,
  ONNX_KIND,
  savePolicy,
} from "./runs/policy.ts";
export {
  concatenateStored,
  mergeStored,
  type MergeStoredOptions,
  type StoredInput,
} from "./datasets/merge_stored.ts";
export { readProvenance, writeProvenance } from "./files/provenance.ts";
export { measureStored } from "./runs/stored_check.ts";
export type { RecordContent } from "./files/records.ts";
export type { Reject } from "./episodes/rejects.ts";
export {
  linkStage,
  listPipelines,
  listRuns,
  openRunDirectory,
  readOwner,
  readPlan,
  readRun,
  type RunLocation,
  writePlan,
  writeRun,
} from "./runs/runs.ts";
export { type ResolvedOutput, resolveOutput, resolveRun, resolveRunStage } from "./runs/resolve.ts";
export { selectEpisodes } from "./datasets/selection.ts";
export {
  listShards,
  listStoredShards,
  readShard,
  readShardEpisodes,
  readShardLengths,
  readVerdicts,
  type Shard,
  shardDirectory,
  type ShardOptions,
  writeShard,
  writeVerdicts,
} from "./episodes/shard.ts";
export { holdOut } from "./datasets/split.ts";
export {
  type Fault,
  verifyDirectory,
  type VerifyOptions,
  type VerifyReport,
} from "./runs/verify.ts";
export { CommittedFiles } from "./zarr/reader.ts";
export { PackedWriter } from "./zarr/packed_writer.ts";
export { type FileWriter, StoreWriter } from "./zarr/writer.ts";
