import { TextLineStream } from "@std/streams";
import { trainModel } from "../learn/mod.ts";
import { createMemorySource } from "../tests/learn/memory_source.ts";
import { pythonEnvironment } from "../tools/python_env.ts";

/**
 * Steps per second of behaviour cloning, batch 64, 20 → 256 → 256 → 4, one thread: the tape beside
 * PyTorch (eager) and JAX (jitted), taking turns in one run, so that a noisy machine is as noisy
 * for all. Prints medians, ratios and the bars that they must reach.
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

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function main(): Promise<number> {
  const { python, reason } = await pythonEnvironment("bench");
  if (python === null) {
    console.log(`training: peers skipped: ${reason}`);
    console.log(`tape ${(await measureTape(5000)).toFixed(0)} steps/s`);
    return 0;
  }
  await using torch = startPeer(python, "torch");
  await using jax = startPeer(python, "jax");
  const rates: Record<"tape" | Peer, number[]> = { tape: [], torch: [], jax: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    const found = {
      tape: await measureTape(STEPS.tape),
      torch: await torch.measure(STEPS.torch),
      jax: await jax.measure(STEPS.jax),
    };
    if (round === 0) continue; // compilers warm up
    for (const name of ["tape", "torch", "jax"] as const) rates[name].push(found[name]);
  }
  const tape = median(rates.tape);
  console.log("BC training, batch 64, 20-256-256-4, one thread, steps/s");
  console.log(`tape   ${tape.toFixed(0)}`);
  let reached = true;
  for (const peer of ["torch", "jax"] as const) {
    const rate = median(rates[peer]), ratio = tape / rate;
    reached &&= ratio >= BARS[peer];
    const verdict = ratio >= BARS[peer] ? "reached" : "missed";
    console.log(
      `${peer.padEnd(6)} ${rate.toFixed(0).padEnd(6)} tape is ${ratio.toFixed(2)} x, ` +
        `bar ${BARS[peer]} x: ${verdict}`,
    );
  }
  return reached ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
