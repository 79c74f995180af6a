import { basename, join } from "node:path";
import { listCheckpoints } from "../runs/checkpoint.ts";
import { packedPath } from "../files/packed.ts";
import type { BucketRoot } from "./bucket_root.ts";

/** Checkpoints of a stage in a bucket, by which another machine goes on with a training. */

/** Bytes of the same step are the same, whoever computed them. */
const EXACT = { exact: true } as const;

function placeOf(stage: string, step: number): string {
  return join(stage, "checkpoints", String(step));
}

/** Steps of the checkpoints in the bucket, ascending. */
export async function checkpointsIn(
  { blobs }: BucketRoot,
  stage: string,
): Promise<readonly number[]> {
  const steps: number[] = [];
  for await (const { key } of blobs.list(`${stage}/checkpoints/`)) {
    const [, step] = /^(\d+)\.zip$/.exec(basename(key)) ?? [];
    if (step !== undefined) steps.push(Number(step));
  }
  return steps.sort((a, b) => a - b);
}

/** Fills the working root with the checkpoints of a stage. */
export async function fillCheckpoints(bucket: BucketRoot, stage: string): Promise<void> {
  for (const step of await checkpointsIn(bucket, stage)) {
    await bucket.fill(placeOf(stage, step), EXACT);
  }
}

/** Pushes the checkpoints of a stage, and removes older ones from the bucket. */
export async function pushCheckpoints(bucket: BucketRoot, stage: string): Promise<void> {
  const here = await listCheckpoints(join(bucket.root, stage));
  const there = await checkpointsIn(bucket, stage);
  for (const step of here) {
    if (!there.includes(step)) await bucket.push(placeOf(stage, step), EXACT);
  }
  for (const step of there) {
    // What is newer than ours is of a worker that took over.
    if (step < Math.min(...here)) await bucket.blobs.remove(packedPath(placeOf(stage, step)));
  }
}
