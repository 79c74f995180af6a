import { PUSH_T_BODY } from "../pipelines/shipped/pusht_policy.ts";
import { tableSource } from "../runtime/data/table_source.ts";
import type { EpisodeSource } from "../core/episode.ts";
import { getEnvironment, rolloutCandidates } from "../sim/mod.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { type BenchmarkOptions, type Figure, takeTurns, threadsFigure } from "./_figures.ts";
import { startPeer } from "./_peer.ts";
import { trainingRate } from "./_training_rate.ts";

/**
 * Steps per second of the policy of `pusht-policy`, 3 × 256, batch 512: on one thread beside PyTorch
 * (eager), and on two beside itself on one, taking turns in one run.
 */

const ROUNDS = 3;
/** Steps of a round: about two seconds of each. */
const STEPS = { ours: 400, torch: 150 } as const;
/** Least ratios to the rate of PyTorch, and of two threads to one. */
const BARS = { torch: 0.6, threads: 1.6 } as const;
/** Numbers of a state in the body's frame, and of a chunk. */
const WIDTHS = { state: 28, chunk: 16 } as const;

function measureTape(source: EpisodeSource, threads: number, seed: number): Promise<number> {
  const parameters = { body: PUSH_T_BODY };
  return trainingRate({
    ...{ model: "chunk-flow", parameters, steps: STEPS.ours },
    ...{ seed, source, threads },
  });
}

/** Some demonstrations; how good they are is nothing to the rate. */
async function demonstrations(seed: number): Promise<EpisodeSource> {
  const environment = getEnvironment("push-t", { engine: "chipmunk" });
  const options = { seed, stream: "bench", first: 0, count: 60 };
  const table = await rolloutCandidates({ environment, policy: "scripted", ...options });
  const action = { mean: [256, 256], std: [80, 80], min: [0, 0], max: [512, 512] };
  return { ...tableSource(environment.schema(), table), statistics: { action } };
}

export async function measureChunkFlow({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  const name = "chunk-flow, 3 × 256, batch 512", unit = "steps/s";
  const source = await demonstrations(seed);
  const { python, reason } = await pythonEnvironment("bench");
  const ours = {
    one: () => measureTape(source, 1, seed),
    two: () => measureTape(source, 2, seed),
  };
  const threads = (rates: Record<"one" | "two", number>) =>
    threadsFigure("chunk-flow.threads", name, { ...rates, least: BARS.threads });
  if (python === null) {
    const rates = await takeTurns(ROUNDS, ours);
    const alone = { name: `${name} (no peer: ${reason})`, unit, value: rates.one };
    return [{ ...alone, id: "chunk-flow.torch" }, threads(rates)];
  }
  await using torch = startPeer(python, "chunk_torch.py", [WIDTHS.state, WIDTHS.chunk]);
  const rates = await takeTurns(ROUNDS, { ...ours, torch: () => torch.measure(STEPS.torch) });
  return [{
    id: "chunk-flow.torch",
    name: `${name}, one thread`,
    unit,
    value: rates.one,
    peer: { name: "PyTorch, eager", value: rates.torch },
    bar: { of: "ratio", least: BARS.torch },
  }, threads(rates)];
}
