import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reachScene } from "../sim/arm/reach.ts";
import { getEnvironment } from "../sim/mod.ts";
import { createRandom } from "../core/random.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { type BenchmarkOptions, type Figure, runPeer, takeTurns } from "./_figures.ts";
import { compareRemotePolicy } from "./_remote_policy.ts";
import { countRollout, type RolloutCount } from "./_rollout.ts";

/**
 * Environments in Gymnasium, by way of the package in `python/`: whether Gymnasium's checks pass for
 * every id, and rates beside MuJoCo in Python, gym-pusht and the same worlds inside Deno.
 */

const ROUNDS = 3, EPISODES = 300;
/** Duration of a measurement (s). */
const SECONDS = 3;
const RATES = "gymnasium_rates.py";
const GYM = "gym-pusht 0.1.8";
const INSIDE = "inside Deno";

/** Arguments of the check of each id: those from files need one. */
const IDS: Readonly<Record<string, readonly string[]>> = {
  Reach: [],
  PickPlace: [],
  PushT: [],
  PushTChipmunk: [],
  Quadruped: [],
  Declared: [
    fileURLToPath(new URL("../pipelines/shipped/pour_water/gym_config.json", import.meta.url)),
  ],
};

type Rate = Pick<RolloutCount, "steps" | "seconds">;

export async function measurePython({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  const python = await interpreter("gymnasium"), tests = await interpreter("tests");
  return [
    ...await checkAll(tests),
    ...await compareReach(python, seed),
    ...await comparePushT(tests, seed),
    await compareRemotePolicy(tests, seed),
  ];
}

/** @throws {Error} If there is no Python of that environment */
async function interpreter(name: "gymnasium" | "tests"): Promise<string> {
  const { python, reason } = await pythonEnvironment(name);
  if (python === null) throw new Error(`Cannot measure environments in Gymnasium: ${reason}`);
  return python;
}

/** Gymnasium's checks, 1 where they pass. */
async function checkAll(python: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, args] of Object.entries(IDS)) {
    const passed = await runPeer<boolean>(python, RATES, ["check", `sluice/${name}-v0`, ...args])
      .catch(() => false);
    figures.push({
      id: `python.check-${name}`,
      name: `Gymnasium's checks of sluice/${name}-v0, alone and in a vector`,
      unit: "passed",
      value: passed ? 1 : 0,
      bar: { of: "value", least: 1 },
    });
  }
  return figures;
}

/** Steps/s of scripted reach: alone, and 16 worlds on one thread. */
async function compareReach(python: string, seed: number): Promise<Figure[]> {
  const directory = await Deno.makeTempDir({ prefix: "sluice-bench-" });
  try {
    const { physicsTimestep } = getEnvironment("reach");
    const scene = join(directory, "reach.xml");
    await Deno.writeTextFile(scene, reachScene(physicsTimestep));
    const { single, vector, mujoco, inside } = await takeTurns(ROUNDS, {
      single: () => rateOf(python, ["reach", `${SECONDS}`]),
      vector: () => rateOf(python, ["reach-vector", `${SECONDS}`]),
      mujoco: async () =>
        perSecond(await runPeer<Rate>(python, "reach.py", [scene, String(EPISODES)])),
      inside: async () =>
        perSecond(
          await countRollout({
            environment: "reach",
            policy: "scripted",
            first: 0,
            count: EPISODES,
            seed,
          }),
        ),
    });
    const unit = "env steps/s";
    return [{
      id: "python.reach",
      name: "reach through Gymnasium, one world",
      unit,
      value: single,
      peer: { name: `MuJoCo in Python, ${physicsTimestep} s`, value: mujoco },
      bar: { of: "ratio", least: 0.6 },
    }, {
      id: "python.reach-vector",
      name: "reach through Gymnasium, 16 worlds, one thread",
      unit,
      value: vector,
      peer: { name: INSIDE, value: inside },
      bar: { of: "ratio", least: 0.6 },
    }];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Steps/s of Push-T on chipmunk: alone, and 16 worlds on one thread. */
async function comparePushT(python: string, seed: number): Promise<Figure[]> {
  const seconds = String(SECONDS);
  const { single, vector, gym, inside } = await takeTurns(ROUNDS, {
    single: () => rateOf(python, ["push-t", "sluice/PushTChipmunk-v0", seconds]),
    vector: () => rateOf(python, ["push-t-vector", seconds]),
    gym: () => rateOf(python, ["push-t", "gym_pusht/PushT-v0", seconds]),
    inside: () => pushInside(seed),
  });
  const unit = "env steps/s";
  return [{
    id: "python.push-t",
    name: "push-t on chipmunk through Gymnasium, one world",
    unit,
    value: single,
    peer: { name: GYM, value: gym },
    bar: { of: "ratio", least: 2 },
  }, {
    id: "python.push-t-vector",
    name: "push-t on chipmunk through Gymnasium, 16 worlds, one thread",
    unit,
    value: vector,
    peer: { name: GYM, value: gym },
    bar: { of: "ratio", least: 5 },
  }, {
    id: "python.push-t-vector-inside",
    name: "the same",
    unit,
    value: vector,
    peer: { name: INSIDE, value: inside },
  }];
}

async function rateOf(python: string, args: readonly string[]): Promise<number> {
  return perSecond(await runPeer<Rate>(python, RATES, args));
}

function perSecond({ steps, seconds }: Rate): number {
  return steps / seconds;
}

/** Steps/s of Push-T inside this process, by targets that stay for ten steps. */
async function pushInside(seed: number): Promise<number> {
  const environment = getEnvironment("push-t", { engine: "chipmunk" });
  using world = await environment.create();
  const random = createRandom(seed, "bench/targets", 0);
  const start = performance.now(), end = start + 1000 * SECONDS;
  let steps = 0;
  for (let episode = 0; performance.now() < end; episode++) {
    world.reset(createRandom(seed, "bench/start", episode));
    const outcomeOf = environment.createOutcomeFunction();
    let action = new Float32Array(2), isOver = false;
    for (let step = 0; step < environment.maxSteps && !isOver; step++, steps++) {
      if (step % 10 === 0) action = action.map(() => random.uniform(0, 512));
      isOver = outcomeOf(world.step(action), action).terminated;
      world.info!(); // as a vector reports it
    }
  }
  return 1000 * steps / (performance.now() - start);
}
