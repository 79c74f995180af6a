import { trainModel } from "../learn/mod.ts";
import { createMemorySource } from "../tests/learn/memory_source.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { type BenchmarkOptions, type Figure, takeTurns } from "./_figures.ts";
import { startPeer } from "./_peer.ts";

/**
 * Steps per second of behaviour cloning, batch 64, 20 → 256 → 256 → 4, one thread: the tape beside
 * PyTorch (eager) and JAX (jitted), taking turns in one run, so that a noisy machine is as noisy
 * for all.
 */

const ROUNDS = 5;
/** Steps of a round: about a second of each. */
const STEPS = { tape: 1200, torch: 1200, jax: 3000 } as const;
/** Least ratio of the tape's rate to a peer's. */
const BARS = { torch: 0.9, jax: 0.35 } as const;

type Peer = keyof typeof BARS;

const source = createMemorySource({ episodes: 1000 });

async function measureTape(steps: number, seed: number): Promise<number> {
  const { stepsPerSecond } = await trainModel({
    model: "bc",
    parameters: { steps },
    seed,
    stream: "bench",
    source,
    checkpointEvery: steps,
    validateEvery: 1000,
  });
  return stepsPerSecond;
}

export async function measureTraining({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  const name = "BC, batch 64, 20-256-256-4, one thread", unit = "steps/s";
  const { python, reason } = await pythonEnvironment("bench");
  const ours = () => measureTape(STEPS.tape, seed);
  if (python === null) {
    const { value } = await takeTurns(ROUNDS, { value: ours });
    return [{ id: "training.bc-torch", name: `${name} (no peer: ${reason})`, unit, value }];
  }
  await using torch = startPeer(python, "bc_torch.py");
  await using jax = startPeer(python, "bc_jax.py");
  const rates = await takeTurns(ROUNDS, {
    ours,
    torch: () => torch.measure(STEPS.torch),
    jax: () => jax.measure(STEPS.jax),
  });
  const beside = (peer: Peer, title: string): Figure => ({
    id: `training.bc-${peer}`,
    name,
    unit,
    value: rates.ours,
    peer: { name: title, value: rates[peer] },
    bar: { of: "ratio", least: BARS[peer] },
  });
  return [beside("torch", "PyTorch, eager"), beside("jax", "JAX, jitted")];
}
