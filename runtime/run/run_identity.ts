import { shortKey } from "../../core/canonical.ts";
import type { PipelinePlan } from "../../pipelines/plan.ts";
import type { RunLocation } from "../../store/mod.ts";
import type { Queues } from "../../workflows/types.ts";
import { rootNames } from "../data/root_identity.ts";

/** Names a run under way for people: `reach-expert/7`, or its workflow as long as it has no number. */
export function nameOf(
  { place, workflowId }: { readonly place: RunLocation | null; readonly workflowId: string },
): string {
  return place === null ? workflowId : `${place.pipeline}/${place.run}`;
}

/** Task queues of a data directory and a build: no other code and no other data gets their tasks. */
export interface QueueNames extends Required<Queues> {
  /** Digest of the workflows themselves. */
  readonly workflows: string;
}

/** Returns the beginning of the names of {@linkcode queueNames}, by which scalers find them. */
export function queuePrefix(root: string, build: string): string {
  return `sluice-${rootNames(root)[0]}-${build.slice(0, 8)}`;
}

/** Names of the task queues for a data root and a build digest. */
export function queueNames(root: string, build: string): QueueNames {
  const prefix = queuePrefix(root, build);
  return {
    workflows: `${prefix}-workflows`,
    simulate: `${prefix}-simulate`,
    learn: `${prefix}-learn`,
    program: `${prefix}-program`,
  };
}

/** The task queue of a data root's schedules, which workers of every build ask. */
export function nightlyQueue(root: string): string {
  return nightlyQueues(root)[0];
}

/** The task queues of a data root's schedules: the present one, then those of before. */
export function nightlyQueues(root: string): readonly [queue: string, ...before: string[]] {
  const [name, ...before] = rootNames(root);
  return [nightlyQueueOf(name), ...before.map(nightlyQueueOf)];
}

function nightlyQueueOf(name: string): string {
  return `sluice-${name}-nightly`;
}

/** `<pipeline>-<key12>-<data directory>`: one run at a time of equal work on equal data. */
export function workflowIdOf(plan: PipelinePlan, root: string, rerun: boolean): string {
  return workflowIdsOf(plan, root, rerun)[0];
}

/** Ids of the workflow of a plan: the present one, then those that earlier versions gave it. */
export function workflowIdsOf(
  plan: PipelinePlan,
  root: string,
  rerun: boolean,
): readonly [id: string, ...before: string[]] {
  const idOf = (name: string) => {
    const id = `${plan.name}-${shortKey(plan.digest)}-${name}`;
    return rerun ? `${id}-rerun` : id;
  };
  const [name, ...before] = rootNames(root);
  return [idOf(name), ...before.map(idOf)];
}

/** Pattern of {@linkcode workflowIdOf}; names of earlier versions have eight digits. */
const WORKFLOW_ID = /^(.+)-[0-9a-f]{12}-([0-9a-f]{8}|[0-9a-f]{12})(?:-rerun)?$/;

/** Whether an id of {@linkcode workflowIdsOf} is of before the data directory had an id. */
export function isEarlierId(workflowId: string, root: string): boolean {
  const [, ...before] = rootNames(root), [, , name] = WORKFLOW_ID.exec(workflowId) ?? [];
  return name !== undefined && before.includes(name);
}

/** The pipeline of a {@linkcode workflowIdOf} on this data directory, null if it is another's. */
export function pipelineOf(workflowId: string, root: string): string | null {
  const [, pipeline, name] = WORKFLOW_ID.exec(workflowId) ?? [];
  return pipeline !== undefined && rootNames(root).some((own) => own === name) ? pipeline : null;
}
