import { join } from "node:path";
import { definePipeline } from "../pipelines/mod.ts";
import { getEnvironment, rolloutCandidates } from "../sim/mod.ts";
import { exportDataset } from "../store/foreign.ts";
import { TaskDirectory } from "../tests/cli/_task_directory.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { type BenchmarkOptions, type Figure, runPeer, takeTurns } from "./_figures.ts";

/** Random movements in Push-T as a stored dataset, beside gym-pusht for the same movements. */

const EPISODES = 10_000;
/** Movements that gym-pusht does; its time for all is this part's, scaled. */
const REPLAYED = 500;
const ROUNDS = 3;
const OPTIONS = { engine: "chipmunk" } as const;

/** Shares of gym-pusht's time: a run from its start to its last commit, and the simulation alone. */
const WALL_BAR = 1 / 5, COMPUTE_BAR = 1 / 20;

/** @param seed Of the job */
const jobOf = (seed: number) =>
  definePipeline({
    name: "movements",
    seed,
    stages: {
      generate: {
        kind: "generate",
        environment: "push-t",
        policy: "dmp",
        options: OPTIONS,
        episodes: EPISODES,
        shard: 500,
      },
      validate: { kind: "validate", from: "generate" },
      merge: { kind: "merge", from: "validate" },
    },
  });

export async function measureGeneration({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  const { python, reason } = await pythonEnvironment("tests");
  if (python === null) throw new Error(`Cannot measure generation without its peer: ${reason}`);
  await using directory = new TaskDirectory();
  const file = directory.write("job.json", jobOf(seed));
  const { seconds, stages } = await directory.complete(file, "--threads", "2");
  const movements = join(directory.path, "movements");
  const episodes = Array.from({ length: REPLAYED }, (_, episode) => episode);
  await exportDataset(stages["merge"]!.path, movements, "npz", { episodes });
  const { ours, gym } = await takeTurns(ROUNDS, {
    ours: () => simulate(seed),
    async gym() {
      const args = ["replay", movements];
      return (await runPeer<{ readonly seconds: number }>(python, "push_t.py", args)).seconds;
    },
  });
  const scale = EPISODES / REPLAYED;
  return [
    {
      id: "generation.wall",
      name: `${EPISODES} movements generated, validated and indexed, two threads: wall time`,
      unit: "s",
      value: seconds,
      peer: { name: `gym-pusht 0.1.8, steps alone, ${REPLAYED} scaled`, value: scale * gym },
      bar: { of: "ratio", most: WALL_BAR },
    },
    {
      id: "generation.compute",
      name: `${REPLAYED} movements simulated and recorded, one core`,
      unit: "s",
      value: ours,
      peer: { name: "gym-pusht 0.1.8, steps alone", value: gym },
      bar: { of: "ratio", most: COMPUTE_BAR },
    },
  ];
}

/** Seconds for the movements that gym-pusht does too. */
async function simulate(seed: number): Promise<number> {
  const environment = getEnvironment("push-t", OPTIONS);
  const job = { policy: "dmp", seed, stream: "generate", first: 0, count: REPLAYED };
  const started = performance.now();
  await rolloutCandidates({ ...job, environment });
  return (performance.now() - started) / 1000;
}
