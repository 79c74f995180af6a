import { chooseKernels, type KernelPreference, preferKernels, trainModel } from "../learn/mod.ts";
import { createMemorySource } from "../tests/learn/memory_source.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { type BenchmarkOptions, type Figure, takeTurns, threadsFigure } from "./_figures.ts";
import { measureKernelBits } from "./kernel_bits.ts";
import { startPeer } from "./_peer.ts";

/**
 * Steps per second of behaviour cloning, one thread: the tape with the fastest kernels of this machine
 * beside PyTorch (eager), JAX (jitted, buffers donated), relaxed WebAssembly beside plain, and two
 * threads beside one. All take turns in one run, so that a noisy machine is as noisy for all. At the
 * end it counts the words in which the kernels of class `fma` differ from one another.
 */

const ROUNDS = 5;

/**
 * Networks, and steps of a round: about a second of each, for the new threads of a team compile
 * their code in the first hundred.
 */
const BC = { batch: 64, hidden: [256, 256], steps: 1200 } as const;
const MLP = { batch: 512, hidden: [256, 256, 256], steps: 500 } as const;

/** Least ratios to JAX, by the width of the processor's vectors. */
const BARS = {
  wide: { bc: 1.2, mlp: 1.1 },
  narrow: { bc: 0.9, mlp: 0.65 },
} as const;

const source = createMemorySource({ episodes: 1000 });

/** Training to measure, and who runs it. */
interface Measured {
  readonly batch: number;
  readonly hidden: readonly number[];
  readonly steps: number;
  readonly arithmetic?: "plain" | "fma";
  readonly kernels?: KernelPreference;
  readonly threads?: number;
}

/** @returns Steps per second, without what comes before the first */
async function measureTape(measured: Measured, seed: number): Promise<number> {
  const { steps, batch, hidden, arithmetic = "fma", kernels = "auto", threads = 1 } = measured;
  preferKernels(kernels);
  const { stepsPerSecond } = await trainModel({
    model: "bc",
    parameters: { steps, batch, hidden },
    seed,
    stream: "bench",
    source,
    checkpointEvery: steps,
    validateEvery: steps,
    arithmetic,
    threads,
  });
  return stepsPerSecond;
}

/** Arguments of `bc_jax.py`. */
function peerArguments({ batch, hidden }: Measured): readonly string[] {
  return [batch, 20, ...hidden, 4].map(String);
}

export async function measureTraining(options: BenchmarkOptions): Promise<readonly Figure[]> {
  return [...await measureRates(options), measureKernelBits(options)];
}

async function measureRates({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  preferKernels("auto");
  const kernels = chooseKernels().name;
  const bars = kernels.endsWith("AVX-512") ? BARS.wide : BARS.narrow, unit = "steps/s";
  const bc = `BC, batch 64, 20-256-256-4, one thread, ${kernels}`;
  const mlp = `BC, batch 512, 20-256-256-256-4, one thread, ${kernels}`;
  const ours = {
    bc: () => measureTape(BC, seed),
    mlp: () => measureTape(MLP, seed),
    relaxed: () => measureTape({ ...MLP, kernels: "wasm" }, seed),
    plain: () => measureTape({ ...MLP, arithmetic: "plain" }, seed),
    two: () => measureTape({ ...MLP, threads: 2 }, seed),
  };
  const { python, reason } = await pythonEnvironment("bench");
  if (python === null) {
    const rates = await takeTurns(ROUNDS, ours);
    return [
      { id: "training-bc-jax", name: `${bc} (no peer: ${reason})`, unit, value: rates.bc },
      { id: "training-mlp-jax", name: `${mlp} (no peer: ${reason})`, unit, value: rates.mlp },
      ...ownFigures(rates),
    ];
  }
  await using torch = startPeer(python, "bc_torch.py");
  await using bcJax = startPeer(python, "bc_jax.py", peerArguments(BC));
  await using mlpJax = startPeer(python, "bc_jax.py", peerArguments(MLP));
  const rates = await takeTurns(ROUNDS, {
    ...ours,
    torch: () => torch.measure(BC.steps),
    bcJax: () => bcJax.measure(BC.steps),
    mlpJax: () => mlpJax.measure(MLP.steps),
  });
  const beside = (id: string, name: string, value: number, peer: string, other: number) => (
    { id, name, unit, value, peer: { name: peer, value: other } }
  );
  return [
    {
      ...beside("training-bc-torch", bc, rates.bc, "PyTorch, eager", rates.torch),
      bar: { of: "ratio", least: 1.5 },
    },
    {
      ...beside("training-bc-jax", bc, rates.bc, "JAX, jitted", rates.bcJax),
      bar: { of: "ratio", least: bars.bc },
    },
    {
      ...beside("training-mlp-jax", mlp, rates.mlp, "JAX, jitted", rates.mlpJax),
      bar: { of: "ratio", least: bars.mlp },
    },
    ...ownFigures(rates),
  ];
}

/** Measures the figures that have no peer. */
function ownFigures(
  { mlp, relaxed, plain, two }: Readonly<Record<"mlp" | "relaxed" | "plain" | "two", number>>,
): readonly Figure[] {
  const unit = "steps/s";
  return [{
    id: "training-wasm-relaxed",
    name: "BC, batch 512, WebAssembly with relaxed SIMD",
    unit,
    value: relaxed,
    peer: { name: "plain WebAssembly", value: plain },
    bar: { of: "ratio", least: 1.2 },
  }, threadsFigure("training-threads", "BC, batch 512", { one: mlp, two, least: 1.7 })];
}
