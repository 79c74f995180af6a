import type { RunSummary } from "../activities/types.ts";
import { listWorkers } from "../runtime/services/worker_registry.ts";
import { resultOf, summaryOf, type TaskDirectory } from "../tests/cli/_task_directory.ts";

/** Interval between two samples of a worker's memory (ms). */
const SAMPLE_INTERVAL_MS = 200;

/** A run, and what it took. */
export interface MeasuredRun {
  readonly summary: RunSummary;
  /** Time from the start of the command to its end, including server and worker (s). */
  readonly seconds: number;
  /** Most that was resident of its worker. */
  readonly peakMegabytes: number;
}

/** Runs a pipeline, whose server and worker end with it. */
export async function measureRun(
  directory: TaskDirectory,
  args: readonly string[],
): Promise<MeasuredRun> {
  const started = performance.now();
  const ended = resultOf(directory.start("pipeline", [...args, "--json"]));
  let peakMegabytes = 0;
  const sample = setInterval(() => {
    for (const { pid } of listWorkers(directory.root)) {
      peakMegabytes = Math.max(peakMegabytes, peakOf(pid));
    }
  }, SAMPLE_INTERVAL_MS);
  try {
    const summary = summaryOf(await ended);
    return { summary, seconds: (performance.now() - started) / 1000, peakMegabytes };
  } finally {
    clearInterval(sample);
  }
}

/** Most that was ever resident of a process, in MB; 0 if it has ended, NaN without Linux's /proc. */
function peakOf(pid: number): number {
  if (Deno.build.os !== "linux") return NaN;
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(
      Deno.readTextFileSync(`/proc/${pid}/status`),
    )!;
    return Number(kilobytes) / 1024;
  } catch {
    return 0;
  }
}
