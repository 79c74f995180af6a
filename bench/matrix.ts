/**
 * Measures a matrix: 8 models with 8 seeds each over one dataset of reach, every policy evaluated on
 * the same episodes.
 */
import type { RunSummary } from "../activities/types.ts";
import { withServer } from "../runtime/services/server_session.ts";
import { TaskDirectory } from "../tests/cli/_task_directory.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";
import { measureRun } from "./_measured_run.ts";

/** Wall time of the whole run (s). */
const WALL_BAR = 30 * 60;
/** Wall time over compute. */
const OVERHEAD_BAR = 1.1;
/** Limit for the memory of the worker process (MB). */
const MEMORY_BAR = 700;
/** Events of the largest history. */
const HISTORY_BAR = 10_000;

/** Levels of the two factors of the model, and seeds of each. */
const RATES = [1e-4, 2e-4, 4e-4, 8e-4];
const WIDTHS = { small: { hidden: [64, 64] }, large: { hidden: [256, 256] } };
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/**
 * Threads that compute: one beside that of `--threads`, so that a training and what simulates never
 * wait for each other. Two trainings fill both.
 */
const THREADS = 2;

/** Stages above the matrix: each is computed once. */
const SHARED = ["generate", "validate", "merge"];

function declaration(seed: number, episodes: number) {
  return {
    name: "matrix",
    seed,
    stages: {
      generate: { kind: "generate", environment: "reach", episodes, randomize: true },
      validate: { kind: "validate", from: "generate" },
      merge: { kind: "merge", from: "validate" },
      train: {
        kind: "train",
        from: "merge",
        steps: 20_000,
        matrix: { lr: RATES, width: WIDTHS, seed: SEEDS },
      },
      evaluate: { kind: "evaluate", from: "train", episodes: 100 },
    },
  };
}

export async function measureMatrix(
  { seed, episodes = 200 }: BenchmarkOptions,
): Promise<readonly Figure[]> {
  await using directory = new TaskDirectory();
  const file = directory.write("matrix.json", declaration(seed, episodes));
  const args = [file, "--threads", String(THREADS - 1)];
  const { summary, seconds, peakMegabytes } = await measureRun(directory, args);
  const variants = RATES.length * Object.keys(WIDTHS).length * SEEDS.length;
  return [
    {
      id: "matrix.wall",
      name: `${variants} trainings and evaluations, ${Object.keys(summary.stages).length} stages`,
      unit: "s",
      value: seconds,
      bar: { of: "value", most: WALL_BAR },
    },
    {
      id: "matrix.overhead",
      name: "wall time of it",
      unit: "s",
      value: seconds,
      peer: { name: `compute, of variants on ${THREADS} threads`, value: computeOf(summary) },
      bar: { of: "ratio", most: OVERHEAD_BAR },
    },
    {
      id: "matrix.memory",
      name: "memory of the worker",
      unit: "MB",
      value: peakMegabytes,
      bar: { of: "value", most: MEMORY_BAR },
    },
    ...await storedFigures(directory.root),
    {
      id: "matrix.success",
      name: "mean success rate of the policies",
      unit: "",
      value: meanSuccess(summary),
    },
  ];
}

/** Figures of what a run has left in its data root. */
async function storedFigures(root: string): Promise<readonly Figure[]> {
  return [
    {
      id: "matrix.history",
      name: "largest history of a workflow",
      unit: "events",
      value: await longestHistory(root),
      bar: { of: "value", most: HISTORY_BAR },
    },
    {
      id: "matrix.shared",
      name: "computed stages above the matrix",
      unit: "stages",
      value: sharedStages(root),
      bar: { of: "value", least: SHARED.length, most: SHARED.length },
    },
  ];
}

/** Time that the stages computed, where variants share the threads (s). */
function computeOf({ stages }: RunSummary): number {
  return Object.entries(stages).reduce(
    (sum, [name, { seconds, threadSeconds = seconds }]) =>
      sum + threadSeconds / (name.includes("[") ? THREADS : 1),
    0,
  );
}

/** Stages in the store of the kinds above the matrix. */
function sharedStages(root: string): number {
  const stored = [...Deno.readDirSync(`${root}/stages`)].map(({ name }) => name);
  return stored.filter((name) => SHARED.some((kind) => name.startsWith(`${kind}-`))).length;
}

function meanSuccess({ stages }: RunSummary): number {
  const rates = Object.values(stages).flatMap(({ metrics, kind }) =>
    kind === "evaluate" ? Number(metrics["success_rate"]) : []
  );
  return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
}

/** Events of the largest history that the server of a data root has kept. */
async function longestHistory(root: string): Promise<number> {
  return await withServer(root, async ({ client }) => {
    let longest = 0;
    for await (const { historyLength } of client.workflow.list()) {
      longest = Math.max(longest, historyLength ?? Infinity);
    }
    return longest;
  }, { start: true, environment: Deno.env.toObject() });
}
