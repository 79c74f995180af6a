import { realpathSync } from "node:fs";
import { sha256Hex, shortKey } from "../../core/canonical.ts";
import type { PipelinePlan } from "../../pipelines/plan.ts";
import type { Queues } from "../../workflows/types.ts";

/** Task queues of a data directory and a build: no other code and no other data gets their tasks. */
export interface QueueNames extends Required<Queues> {
  /** Digest of the workflows themselves. */
  readonly workflows: string;
}

/** The part of a name that tells data directories on one server apart, 8 hex digits. */
export function dataRootHash(root: string): string {
  let path = root;
  try {
    path = realpathSync(root);
  } catch {
    // Not made yet: then no link leads to it either.
  }
  return sha256Hex(path).slice(0, 8);
}

/** Names of the task queues for a data root and a build digest. */
export function queueNames(root: string, build: string): QueueNames {
  const prefix = `sluice-${dataRootHash(root)}-${build.slice(0, 8)}`;
  return {
    workflows: `${prefix}-workflows`,
    simulate: `${prefix}-simulate`,
    learn: `${prefix}-learn`,
    program: `${prefix}-program`,
  };
}

/** The task queue of a data root's schedules, which workers of every build ask. */
export function nightlyQueue(root: string): string {
  return `sluice-${dataRootHash(root)}-nightly`;
}

/** `<pipeline>-<key12>-<data directory hash>`: one run at a time of equal work on equal data. */
export function workflowIdOf(plan: PipelinePlan, root: string, rerun: boolean): string {
  const id = `${plan.name}-${shortKey(plan.digest)}-${dataRootHash(root)}`;
  return rerun ? `${id}-rerun` : id;
}

/** The pipeline of a {@linkcode workflowIdOf} on this data directory, null if it is another's. */
export function pipelineOf(workflowId: string, root: string): string | null {
  const [, name, , hash] = /^(.+)-([0-9a-f]{12})-([0-9a-f]{8})(?:-rerun)?$/.exec(workflowId) ?? [];
  return name !== undefined && hash === dataRootHash(root) ? name : null;
}
