import { arch, cpus, hostname, platform, totalmem } from "node:os";
import { chooseKernels, describeKernels } from "../../learn/mod.ts";
import { listEnvironments } from "../../sim/mod.ts";
import { CODEC_VERSION, type Commit, type RecordContent } from "../../store/mod.ts";
import { SLUICE_VERSION } from "../../core/version.ts";
import type { StageTask } from "../types.ts";

/** Returns facts beside a result that are not part of its digest: who made it, where, with what. */
export function provenanceOf(
  task: StageTask,
  commit: Commit,
  { seconds, finished, bytes }: {
    readonly seconds: number;
    readonly finished: Date;
    /** See `measureStored()`. */
    readonly bytes: readonly number[];
  },
): RecordContent {
  const { stage, inputs, build } = task;
  return {
    stage: stage.name,
    kind: stage.kind,
    key: stage.key,
    manifest_key: stage.manifestKey,
    digest: commit.digest,
    seed: stage.seed,
    stream: stage.stream,
    parameters: stage.parameters,
    inputs: inputs.map(({ stage, key, digest }) => ({ stage, key, digest })),
    external: stage.external.map((input) => ({ ...input })),
    counts: commit.counts,
    build,
    versions: versions(),
    host: { ...host(), ...(COMPUTED.includes(stage.kind) ? kernels() : {}) },
    finished: finished.toISOString(),
    seconds,
    bytes,
  };
}

/** Kinds that run networks. */
const COMPUTED: readonly string[] = ["train", "evaluate", "score"];

/**
 * Describes the kernels that this process uses, and why it does not use faster ones, for a report.
 */
export function kernels(): Record<string, string> {
  return { kernels: describeKernels(chooseKernels()) };
}

/** Versions that bytes can depend on, by name. */
export function versions(): Record<string, string> {
  const engines = listEnvironments().map(({ engine }) => [engine.name, engine.version]);
  return {
    sluice: SLUICE_VERSION,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    codec: CODEC_VERSION,
    ...Object.fromEntries(engines),
  };
}

/** The machine, as a report names it. */
export function host(): Record<string, string> {
  return {
    name: hostname(),
    os: platform(),
    architecture: arch(),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: String(cpus().length),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  };
}
