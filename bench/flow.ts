import { createPointMasses } from "../tests/learn/flow/point_mass.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { type BenchmarkOptions, type Figure, takeTurns, threadsFigure } from "./_figures.ts";
import { startPeer } from "./_peer.ts";
import { trainingRate } from "./_training_rate.ts";

/**
 * Steps per second of the flow, batch 256, hidden 128, with the consistency terms: on one thread
 * beside PyTorch (eager) and JAX (jitted, buffers donated), and on two beside itself on one, taking
 * turns in one run.
 */

const ROUNDS = 3;
/** Steps of a round: some two seconds of each, for threads begin with code that is not optimised. */
const STEPS = { ours: 240, torch: 60, jax: 160 } as const;
/** Least ratios to the rates of PyTorch and of JAX, and of two threads to one. */
const BARS = { torch: 1.5, jax: 0.9, threads: 1.6 } as const;

/** Few, so that the one look at the validation split costs nothing. */
const source = createPointMasses(300);
/** State and condition of {@linkcode source}. */
const WIDTHS = { state: 3, condition: 2 } as const;
const CONSISTENCY = 0.5;

function measureTape(threads: number, seed: number): Promise<number> {
  const parameters = { consistency: CONSISTENCY };
  return trainingRate({ model: "flow", parameters, steps: STEPS.ours, seed, source, threads });
}

export async function measureFlow({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  const name = "flow with consistency, batch 256, hidden 128", unit = "steps/s";
  const { python, reason } = await pythonEnvironment("bench");
  const ours = { one: () => measureTape(1, seed), two: () => measureTape(2, seed) };
  const threads = (rates: Record<"one" | "two", number>) =>
    threadsFigure("flow.threads", name, { ...rates, least: BARS.threads });
  if (python === null) {
    const rates = await takeTurns(ROUNDS, ours);
    const alone = { id: "training-flow-torch", name: `${name} (no peer: ${reason})`, unit };
    return [
      { ...alone, value: rates.one },
      { ...alone, id: "training-flow-jax", value: rates.one },
      threads(rates),
    ];
  }
  const sizes = [WIDTHS.state, WIDTHS.condition, CONSISTENCY];
  await using torch = startPeer(python, "flow_torch.py", sizes);
  await using jax = startPeer(python, "flow_jax.py", sizes);
  const rates = await takeTurns(ROUNDS, {
    ...ours,
    torch: () => torch.measure(STEPS.torch),
    jax: () => jax.measure(STEPS.jax),
  });
  const one = { name: `${name}, one thread`, unit, value: rates.one };
  return [{
    ...one,
    id: "training-flow-torch",
    peer: { name: "PyTorch, eager", value: rates.torch },
    bar: { of: "ratio", least: BARS.torch },
  }, {
    ...one,
    id: "training-flow-jax",
    peer: { name: "JAX, jitted", value: rates.jax },
    bar: { of: "ratio", least: BARS.jax },
  }, threads(rates)];
}
