import { batchesOf } from "../episodes/episode_batches.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { outlineOf, writeDataset } from "../datasets/write_dataset.ts";
import { publishDataset } from "../blobs/publish.ts";
import { FileBlobs } from "../blobs/file_blobs.ts";
import { StoreWriter } from "../zarr/writer.ts";
import { type ExportControl, registerExporter } from "./exporters.ts";

/**
 * The dataset itself: a copy with the same digest, or one of the chosen episodes alone. Both have a
 * commit, and open like any dataset of a run.
 */

registerExporter({
  name: "zarr",
  description: "the dataset itself, as a directory, or as objects with --output s3://BUCKET/PREFIX",
  extension: null,
  write: writeZarr,
});

async function writeZarr(
  dataset: Dataset,
  directory: string,
  { signal, onProgress }: ExportControl,
): Promise<void> {
  const { episodes, commit } = dataset, control = signal === undefined ? {} : { signal };
  if (episodes === commit.counts["total_episodes"]) {
    await publishDataset(dataset.directory, new FileBlobs(directory), {
      ...control,
      onProgress: ({ files, total }) =>
        onProgress?.({ episodes: Math.floor(files / total * episodes), total: episodes }),
    });
    return;
  }
  const outline = await outlineOf(dataset);
  using writer = new StoreWriter(directory);
  const { counts, metrics } = await writeDataset(writer, outline, tablesOf());
  const { attributes = {} } = outline;
  await writer.commit({ kind: commit.kind, counts, metrics, attributes });

  async function* tablesOf() {
    for await (const { table, end } of batchesOf(dataset, signal)) {
      yield table;
      onProgress?.({ episodes: end, total: episodes });
    }
  }
}
