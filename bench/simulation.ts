import { Worker } from "node:worker_threads";
import { getEnvironment } from "../sim/mod.ts";
import { reachScene } from "../sim/arm/reach.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { type BenchmarkOptions, type Figure, median, runPeer, takeTurns } from "./_figures.ts";
import { countRollout, type RolloutCount, type RolloutTask } from "./_rollout.ts";

/**
 * Speed and convergence of the reach environment, beside the same task in Python.
 *
 * `SLUICE_SIMSCALE=<checkout>` also measures the source's own generator, in the same Python, which
 * then needs gymnasium and h5py.
 */

const EPISODES = 500;
const ROUNDS = 3;
/** Timestep of the source (`dt` of its `SimConfig`) (s). */
const SOURCE_TIMESTEP = 0.002;

const { physicsTimestep } = getEnvironment("reach");
const SCRIPTED: Omit<RolloutTask, "seed"> = {
  environment: "reach",
  policy: "scripted",
  first: 0,
  count: EPISODES,
  randomize: false,
};

export async function measureSimulation(
  { seed }: BenchmarkOptions,
): Promise<readonly Figure[]> {
  return [
    ...await compareSpeed(seed),
    await compareThreads(seed),
    ...await measureSuccess(seed),
  ];
}

function rateOf({ steps, seconds }: RolloutCount): number {
  return steps / seconds;
}

/** Environment steps/s of one core: ours and Python's. */
async function compareSpeed(seed: number): Promise<Figure[]> {
  const name = `scripted reach, physics timestep ${physicsTimestep} s, one core`;
  const unit = "env steps/s";
  const { python, reason } = await pythonEnvironment("bench");
  const ours = async () => rateOf(await countRollout({ ...SCRIPTED, seed }));
  if (python === null) {
    const { value } = await takeTurns(ROUNDS, { value: ours });
    return [{ id: "simulation.steps", name: `${name} (no peer: ${reason})`, unit, value }];
  }
  const directory = await Deno.makeTempDir({ prefix: "sluice-bench-" });
  try {
    const peer = async (args: readonly string[]) =>
      rateOf(await runPeer<RolloutCount>(python, "reach.py", args));
    const inOurScene = async (timestep: number) => {
      const file = `${directory}/reach_${timestep}.xml`;
      await Deno.writeTextFile(file, reachScene(timestep));
      return await peer([file, String(EPISODES)]);
    };
    const checkout = Deno.env.get("SLUICE_SIMSCALE");
    const { value, source, same, simscale } = await takeTurns(ROUNDS, {
      value: ours,
      source: () => inOurScene(SOURCE_TIMESTEP),
      same: () => inOurScene(physicsTimestep),
      simscale: () => checkout === undefined ? NaN : peer(["--simscale", checkout, "50"]),
    });
    const figures: Figure[] = [{
      id: "simulation.steps",
      name,
      unit,
      value,
      peer: { name: `MuJoCo in Python, ${SOURCE_TIMESTEP} s`, value: source },
      bar: { of: "ratio", least: 2 },
    }, {
      id: "simulation.steps-same-timestep",
      name,
      unit,
      value,
      peer: { name: `MuJoCo in Python, ${physicsTimestep} s`, value: same },
    }];
    if (checkout === undefined) return figures;
    const own = { name: "SimScaleAI", value: simscale };
    return [...figures, { id: "simulation.steps-simscale", name, unit, value, peer: own }];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Measures the gain from a second thread. */
async function compareThreads(seed: number): Promise<Figure> {
  const file = new URL("./_rollout.ts", import.meta.url);
  const threads = [new Worker(file), new Worker(file)];
  const run = (thread: Worker, task: RolloutTask) =>
    new Promise<RolloutCount>((resolve) => {
      thread.once("message", resolve);
      thread.postMessage(task);
    });
  const rateWith = async (some: readonly Worker[]) => {
    const start = performance.now();
    const counts = await Promise.all(
      some.map((thread, index) => run(thread, { ...SCRIPTED, seed, first: index * EPISODES })),
    );
    const steps = counts.reduce((sum, count) => sum + count.steps, 0);
    return steps / ((performance.now() - start) / 1000);
  };
  await Promise.all(threads.map((thread) => run(thread, { ...SCRIPTED, seed, count: 50 }))); // compiles
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const one = await rateWith(threads.slice(0, 1));
    ratios.push(await rateWith(threads) / one);
  }
  await Promise.all(threads.map((thread) => thread.terminate()));
  const value = median(ratios);
  return {
    id: "simulation.threads",
    name: "two threads against one",
    unit: "×",
    value,
    bar: { of: "value", least: 1.7 },
  };
}

/** Success rates at the environment's physics timestep and at half of it. */
async function measureSuccess(seed: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const policy of ["scripted", "random"]) {
    for (const randomize of [false, true]) {
      const count = policy === "scripted" ? 1000 : 200;
      const rateAt = async (timestep: number) => {
        const world = { physicsTimestep: timestep };
        const { successes } = await countRollout({
          ...SCRIPTED,
          seed,
          policy,
          randomize,
          count,
          world,
        });
        return 100 * successes / count;
      };
      const value = await rateAt(physicsTimestep);
      const half = await rateAt(physicsTimestep / 2);
      figures.push({
        id: `simulation.success-${policy}${randomize ? "-randomized" : ""}`,
        name: `success of ${count} ${policy}${randomize ? ", randomized" : ""}`,
        unit: "%",
        value,
        peer: { name: "at half the timestep", value: half },
        ...(policy === "scripted" ? { bar: { of: "value", least: 99 } } : {}),
      });
    }
  }
  return figures;
}
