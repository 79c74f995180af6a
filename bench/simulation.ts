/**
 * Speed and convergence of the reach environment, beside the same task in Python.
 *
 *     deno run -A bench/simulation.ts
 *
 * `SLUICE_SIMSCALE=<checkout>` also measures the source's own generator, in the same Python, which
 * then needs gymnasium and h5py.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { getEnvironment, rolloutCandidates } from "../sim/mod.ts";
import { reachScene } from "../sim/reach.ts";
import { pythonEnvironment } from "../tools/python_env.ts";

const EPISODES = 500;
/** Peers are measured in turn, so that a busy moment of the machine hits all of them. */
const ROUNDS = 3;
/** S: that of the source (`dt` of its `SimConfig`). */
const SOURCE_TIMESTEP = 0.002;
const PEER = decodeURIComponent(new URL("./peers/reach.py", import.meta.url).pathname);

/** What one measurement counts. */
interface Measured {
  readonly steps: number;
  readonly successes: number | null;
  readonly seconds: number;
}

interface RolloutTask {
  readonly first: number;
  readonly count: number;
  readonly policy: string;
  readonly randomize: boolean;
  readonly physicsTimestep: number;
}

async function measure(task: RolloutTask): Promise<Measured> {
  const start = performance.now();
  const { lengths, episode } = await rolloutCandidates({
    environment: getEnvironment("reach"),
    policy: task.policy,
    seed: 42,
    stream: "bench",
    first: task.first,
    count: task.count,
    randomize: task.randomize,
    world: { physicsTimestep: task.physicsTimestep },
  });
  const seconds = (performance.now() - start) / 1000;
  const success = episode["success"]!.data as Uint8Array; // bool columns are held as bytes
  return {
    steps: lengths.reduce((sum, length) => sum + length, 0),
    successes: success.reduce((sum, value) => sum + value, 0),
    seconds,
  };
}

const { physicsTimestep } = getEnvironment("reach");
const SCRIPTED: RolloutTask = {
  first: 0,
  count: EPISODES,
  policy: "scripted",
  randomize: false,
  physicsTimestep,
};

if (isMainThread) {
  console.log(`physics timestep: ${physicsTimestep} s`);
  await compareSpeed();
  await compareThreads();
  await compareTimesteps();
} else {
  await measure({ ...SCRIPTED, count: 50 }); // compiles
  parentPort!.on("message", async () => parentPort!.postMessage(await measure(workerData)));
  parentPort!.postMessage("ready");
}

/** Environment steps/s of one core: ours and Python's. */
async function compareSpeed(): Promise<void> {
  const runs = await competitors();
  await measure({ ...SCRIPTED, count: 50 }); // compiles
  const rates = new Map(runs.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, run } of runs) {
      const { steps, seconds } = await run();
      rates.get(name)!.push(steps / seconds);
    }
  }
  const [ours, ...peers] = runs.map(({ name }) => ({ name, rate: median(rates.get(name)!) }));
  console.log(`\nscripted reach, environment steps/s on one core, median of ${ROUNDS}`);
  console.log(row(ours!.name, ours!.rate));
  for (const { name, rate } of peers) {
    console.log(row(name, rate), `  ratio ${(ours!.rate / rate).toFixed(2)}`);
  }
}

interface Competitor {
  readonly name: string;
  run(): Promise<Measured>;
}

async function competitors(): Promise<Competitor[]> {
  const ours = { name: "Sluice", run: () => measure(SCRIPTED) };
  const { python, reason } = await pythonEnvironment("bench");
  if (python === null) {
    console.log(`no peer: ${reason}`);
    return [ours];
  }
  const directory = await Deno.makeTempDir();
  globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  const scene = async (timestep: number): Promise<Competitor> => {
    const file = `${directory}/reach_${timestep}.xml`;
    await Deno.writeTextFile(file, reachScene(timestep));
    const name = `Python, our scene, timestep ${timestep} s`;
    return { name, run: () => runPeer(python, [file, String(EPISODES)]) };
  };
  const peers = [await scene(SOURCE_TIMESTEP), await scene(physicsTimestep)];
  const checkout = Deno.env.get("SLUICE_SIMSCALE");
  if (checkout !== undefined) {
    const run = () => runPeer(python, ["--simscale", checkout, "50"]);
    peers.push({ name: "SimScaleAI", run });
  }
  return [ours, ...peers];
}

async function runPeer(python: string, args: readonly string[]): Promise<Measured> {
  const command = new Deno.Command(python, { args: [PEER, ...args], stderr: "inherit" });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`Cannot measure a peer: ${PEER} ${args.join(" ")} failed`);
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

/** What a second thread adds. */
async function compareThreads(): Promise<void> {
  const file = new URL(import.meta.url);
  const threads = [0, 1].map((index) =>
    new Worker(file, { workerData: { ...SCRIPTED, first: index * EPISODES } })
  );
  const next = (thread: Worker) =>
    new Promise<unknown>((resolve) => thread.once("message", resolve));
  await Promise.all(threads.map(next));
  const rateOf = async (some: readonly Worker[]) => {
    const start = performance.now();
    const results = await Promise.all(some.map((thread) => {
      thread.postMessage("go");
      return next(thread) as Promise<Measured>; // what the thread answers with
    }));
    const steps = results.reduce((sum, result) => sum + result.steps, 0);
    return steps / ((performance.now() - start) / 1000);
  };
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const one = await rateOf(threads.slice(0, 1));
    ratios.push(await rateOf(threads) / one);
  }
  console.log(`\ntwo threads against one, median of ${ROUNDS}: ${median(ratios).toFixed(2)} ×`);
  await Promise.all(threads.map((thread) => thread.terminate()));
}

/** Success rates at the environment's physics timestep and at half of it. */
async function compareTimesteps(): Promise<void> {
  console.log("\nsuccess at the physics timestep and at half of it");
  for (const policy of ["scripted", "random"]) {
    for (const randomize of [false, true]) {
      const count = policy === "scripted" ? 1000 : 200;
      const rates: string[] = [];
      for (const timestep of [physicsTimestep, physicsTimestep / 2]) {
        const task = { ...SCRIPTED, policy, randomize, count, physicsTimestep: timestep };
        const { successes } = await measure(task);
        rates.push(`${(100 * successes! / count).toFixed(1)} %`);
      }
      const name = `${policy}${randomize ? ", randomized" : ""}, ${count} episodes`;
      console.log(`  ${name.padEnd(40)} ${rates.join("  ")}`);
    }
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function row(name: string, rate: number): string {
  return `  ${name.padEnd(40)} ${rate.toFixed(0).padStart(6)}`;
}
