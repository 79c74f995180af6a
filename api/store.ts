/**
 * Stored datasets: open them and read their episodes, in batches or as windows of steps.
 *
 * @module
 */
export type {
  Column,
  ColumnData,
  DType,
  EpisodeSchema,
  EpisodeSource,
  EpisodeTable,
  FieldSpec,
  FieldStatistics,
  SavedPolicy,
  Tensor,
} from "../core/episode.ts";
export { type Dataset, openDataset } from "../store/datasets/dataset.ts";
export {
  type Batch,
  DatasetReader,
  type DatasetReaderOptions,
} from "../store/datasets/dataset_reader.ts";
export type { DatasetOutline } from "../store/datasets/merge.ts";
export { outlineOf } from "../store/datasets/write_dataset.ts";
export { batchesOf } from "../store/episodes/episode_batches.ts";
