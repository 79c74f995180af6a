/**
 * Measures very many small episodes: a run of `--episodes` two-step episodes of reach and one of an
 * eighth of them, each with the commands that look at it. What an episode costs must not grow with
 * their number.
 */
import { readdirSync } from "node:fs";
import { TaskDirectory } from "../tests/cli/_task_directory.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";
import { measureRun } from "./_measured_run.ts";

/** Growth of what an episode costs, from an eighth of the episodes to all. */
const GROWTH_BAR = 1.15;
/** Limit for the memory of a process (MB). */
const MEMORY_BAR = 700;
/** Files and directories per 100 episodes. */
const INODES_BAR = 2;
/** Share of the episodes in the smaller run. */
const SHARE = 8;

function declaration(seed: number, episodes: number) {
  return {
    name: "scale",
    seed,
    stages: {
      generate: {
        kind: "generate",
        environment: "reach",
        episodes,
        maxSteps: 2,
        shard: "auto",
        policy: "random",
      },
      validate: { kind: "validate", from: "generate" },
      merge: { kind: "merge", from: "validate", chunk: "auto" },
    },
  };
}

/** Figures of one size. */
interface Scale {
  readonly episodes: number;
  /** Wall time of each part (s). */
  readonly seconds: Readonly<Record<string, number>>;
  readonly peakMegabytes: number;
  readonly inodes: number;
}

export async function measureScale(
  { seed, episodes = 200_000 }: BenchmarkOptions,
): Promise<readonly Figure[]> {
  const small = await measureAt(seed, Math.ceil(episodes / SHARE));
  const large = await measureAt(seed, episodes);
  return [
    ...Object.keys(large.seconds).map((part): Figure => ({
      id: `scale.${part}`,
      name: `${part}, per million episodes of ${episodes}`,
      unit: "s",
      value: 1e6 * large.seconds[part]! / large.episodes,
      peer: {
        name: `of ${small.episodes}`,
        value: 1e6 * small.seconds[part]! / small.episodes,
      },
      bar: { of: "ratio", most: GROWTH_BAR },
    })),
    {
      id: "scale.memory",
      name: "memory of the worker",
      unit: "MB",
      value: large.peakMegabytes,
      bar: { of: "value", most: MEMORY_BAR },
    },
    {
      id: "scale.inodes",
      name: "files and directories per 100 episodes",
      unit: "",
      value: 100 * large.inodes / large.episodes,
      bar: { of: "value", most: INODES_BAR },
    },
  ];
}

async function measureAt(seed: number, episodes: number): Promise<Scale> {
  await using directory = new TaskDirectory();
  const file = directory.write("scale.json", declaration(seed, episodes));
  const { seconds, peakMegabytes } = await measureRun(directory, [file]);
  const time = async (task: Parameters<TaskDirectory["expect"]>[0], ...args: string[]) => {
    const started = performance.now();
    await directory.expect(task, ...args);
    return (performance.now() - started) / 1000;
  };
  return {
    episodes,
    seconds: {
      run: seconds,
      plan: await time("pipeline", file, "--plan"),
      runs: await time("runs"),
      episodes: await time("episodes", "scale", "--where", "success && candidate > 100"),
      verify: await time("verify", "scale"),
    },
    peakMegabytes,
    inodes: readdirSync(`${directory.root}/stages`, { recursive: true }).length,
  };
}
