import { TextLineStream } from "@std/streams";
import { trainModel } from "../learn/mod.ts";
import { createMemorySource } from "../tests/learn/memory_source.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { type Figure, takeTurns } from "./_figures.ts";

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

/** A peer that answers each number of steps with its steps per second. */
interface PeerProcess extends AsyncDisposable {
  measure(steps: number): Promise<number>;
}

function startPeer(python: string, peer: Peer): PeerProcess {
  const script = new URL(`peers/bc_${peer}.py`, import.meta.url).pathname;
  const process = new Deno.Command(python, { args: [script], stdin: "piped", stdout: "piped" })
    .spawn();
  const writer = process.stdin.getWriter();
  const lines = process.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream())[Symbol.asyncIterator]();
  return {
    async measure(steps) {
      await writer.write(new TextEncoder().encode(`${steps}\n`));
      const { value } = await lines.next();
      if (value === undefined) throw new Error(`Cannot measure ${peer}: it ended, see its stderr`);
      return Number(value);
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await process.status;
    },
  };
}

const source = createMemorySource({ episodes: 1000 });

async function measureTape(steps: number): Promise<number> {
  const { stepsPerSecond } = await trainModel({
    model: "bc",
    parameters: { steps },
    seed: 0,
    stream: "bench",
    source,
    checkpointEvery: steps,
    validateEvery: 1000,
  });
  return stepsPerSecond;
}

export async function measureTraining(): Promise<readonly Figure[]> {
  const name = "BC, batch 64, 20-256-256-4, one thread", unit = "steps/s";
  const { python, reason } = await pythonEnvironment("bench");
  const ours = () => measureTape(STEPS.tape);
  if (python === null) {
    const { value } = await takeTurns(ROUNDS, { value: ours });
    return [{ name: `${name} (no peer: ${reason})`, unit, value }];
  }
  await using torch = startPeer(python, "torch");
  await using jax = startPeer(python, "jax");
  const rates = await takeTurns(ROUNDS, {
    ours,
    torch: () => torch.measure(STEPS.torch),
    jax: () => jax.measure(STEPS.jax),
  });
  const beside = (peer: Peer, title: string): Figure => ({
    name,
    unit,
    value: rates.ours,
    peer: { name: title, value: rates[peer] },
    bar: { of: "ratio", least: BARS[peer] },
  });
  return [beside("torch", "PyTorch, eager"), beside("jax", "JAX, jitted")];
}
