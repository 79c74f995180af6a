import { join } from "node:path";
import type { BenchmarkOptions, Figure } from "./_figures.ts";

/** Runs whose fastest counts: the first compiles and bundles the code of a new checkout. */
const RUNS = 2;

/**
 * Wall time of the main job from an empty directory, by the command that a user gives (s). Another
 * checkout than this one is measured by its own command.
 */
export async function measureReachExpert(
  { seed, checkout }: BenchmarkOptions,
): Promise<readonly Figure[]> {
  const seconds: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const directory = await Deno.makeTempDir({ prefix: "sluice-bench-" });
    try {
      seconds.push(await runCommand(checkout, join(directory, "data"), seed));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  }
  return [{
    id: "reach-expert-seconds",
    name: "reach-expert from an empty directory",
    unit: "s",
    value: Math.min(...seconds),
    // Of the time before the kernels of class fma, by `--against`.
    bar: { of: "change", most: 0.5 },
  }];
}

/** @returns Time of the command (s) */
async function runCommand(
  checkout = decodeURIComponent(new URL("..", import.meta.url).pathname),
  root: string,
  seed: number,
): Promise<number> {
  const started = performance.now();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "pipeline", "reach-expert", "--seed", String(seed), "--json"],
    cwd: checkout,
    env: { SLUICE_HOME: root },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return (performance.now() - started) / 1000;
  throw new Error(`Cannot measure reach-expert: ${new TextDecoder().decode(stderr)}`);
}
