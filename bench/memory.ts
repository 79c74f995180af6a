/**
 * Memory of the worker in every stage, at some episodes and at four times as many.
 *
 * All of it takes about ten minutes on two cores, nearly all for images.
 * `SLUICE_BENCH_SHARE=0.1 deno task bench memory` does a tenth of the episodes.
 */
import { definePipeline, type PipelineDeclaration } from "../pipelines/mod.ts";
import { TaskDirectory } from "../tests/cli/_task_directory.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";
import { measureRun } from "./_measured_run.ts";

/** Limit for the memory of the worker process (MB). */
const MEMORY_BAR = 700;
/** Memory at four times the episodes, over that before. */
const FLATNESS_BAR = 1.1;

const SHARE = Number(Deno.env.get("SLUICE_BENCH_SHARE") ?? 1);

/** The larger job of each kind. */
const JOBS: Readonly<Record<string, Generate & { readonly episodes: number }>> = {
  "reach": { environment: "reach", episodes: 10_000 },
  "pick_place with pictures": {
    environment: "pick_place",
    episodes: 1_000,
    cameras: [{ width: 128, height: 128 }],
  },
};

export async function measureMemory({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [name, { episodes, ...generate }] of Object.entries(JOBS)) {
    const many = Math.round(SHARE * episodes), few = Math.round(many / 4);
    const before = await peaksOf({ ...generate, episodes: few }, seed);
    const after = await peaksOf({ ...generate, episodes: many }, seed);
    for (const [stage, megabytes] of after) {
      figures.push({
        id: `memory.${generate.environment}-${stage}-growth`,
        name: `${name}, ${stage}: memory of the worker after ${many} episodes`,
        unit: "MB",
        value: megabytes,
        peer: { name: `after ${few}`, value: before.get(stage)! }, // of the same stages
        bar: { of: "ratio", most: FLATNESS_BAR },
      });
    }
    figures.push({
      id: `memory.${generate.environment}-worst`,
      name: `${name}: memory of the worker, worst stage`,
      unit: "MB",
      value: Math.max(...after.values()),
      bar: { of: "value", most: MEMORY_BAR },
    });
  }
  return figures;
}

type Generate = Omit<
  Extract<PipelineDeclaration["stages"][string], { kind: "generate" }>,
  "kind"
>;

/**
 * Measures the peak memory of each stage: a separate worker runs it, and finds the earlier ones
 * stored (MB).
 */
async function peaksOf(
  generate: Generate,
  seed: number,
): Promise<ReadonlyMap<string, number>> {
  const stages: PipelineDeclaration["stages"] = {
    generate: { kind: "generate", ...generate },
    validate: { kind: "validate", from: "generate" },
    merge: { kind: "merge", from: "validate" },
  };
  const peaks = new Map<string, number>();
  await using directory = new TaskDirectory();
  const names = Object.keys(stages);
  for (const [index, name] of names.entries()) {
    const kept = Object.entries(stages).slice(0, index + 1);
    const job = definePipeline({ name: "memory", seed, stages: Object.fromEntries(kept) });
    const file = directory.write(`${name}.json`, job);
    const { peakMegabytes, seconds } = await measureRun(directory, [file, "--threads", "2"]);
    console.error(
      `  ${generate.episodes} of ${generate.environment}, ${name}: ${
        Math.round(peakMegabytes)
      } MB, ${Math.round(seconds)} s`,
    );
    peaks.set(name, peakMegabytes);
  }
  return peaks;
}
