import { createRandom } from "../core/random.ts";
import { trainModel } from "../learn/mod.ts";
import { getEnvironment, MujocoScene, type World } from "../sim/mod.ts";
import { quadrupedScene } from "../sim/quadruped/quadruped_scene.ts";
import { JOINT_POS, JOINT_VEL } from "../sim/quadruped/quadruped_spaces.ts";
import { createWalkSource } from "../tests/learn/walk_source.ts";
import { pythonEnvironment, type PythonEnvironmentName } from "../tools/python_env.ts";
import { type BenchmarkOptions, type Figure, takeTurns } from "./_figures.ts";
import { startPeer } from "./_peer.ts";

/**
 * The quadruped, each figure beside its peer, taking turns in one run: its physics beside native
 * MuJoCo on the same scene, whole environment steps beside Gymnasium's Ant, training of the
 * path-following policy beside PyTorch and on two threads beside one.
 */

const ROUNDS = 3;
/** Steps of one round: about a second of each. */
const PHYSICS_STEPS = 20_000, PEER_TRAINING_STEPS = 200;
const TIMESTEP = 0.002;
/** Least ratios to the peers. */
const BARS = { physics: 0.4, training: 1.5, threads: 1.6 } as const;

/** Angles of hip, thigh and calf of a standing robot (rad). */
const POSE = [0, 0.83, -1.6];

/** Writes torques of a robot that stands under PD control. */
function stand(
  torques: Float32Array | Float64Array,
  positions: ArrayLike<number>,
  velocities: ArrayLike<number>,
): void {
  for (let joint = 0; joint < 12; joint++) {
    torques[joint] = 80 * (POSE[joint % 3]! - positions[joint]!) - velocities[joint]!;
  }
}

/** Physics steps per second of a robot that stands, controlled once in two steps. */
function measurePhysics(scene: MujocoScene, steps: number): number {
  scene.resetState();
  for (let joint = 0; joint < 12; joint++) scene.data("qpos")[7 + joint] = POSE[joint % 3]!;
  const start = performance.now();
  for (let step = 0; step < steps; step += 2) {
    const qpos = scene.data("qpos"), qvel = scene.data("qvel");
    stand(scene.data("ctrl"), qpos.subarray(7), qvel.subarray(6));
    scene.advance(2);
  }
  return 1000 * steps / (performance.now() - start);
}

/** The same of whole steps of the environment, with what its policies see. */
function measureEnvironment(world: World, steps: number, seed: number): number {
  const torques = new Float32Array(12);
  let observation = world.reset(createRandom(seed, "bench", 1));
  const start = performance.now();
  for (let step = 0; step < steps; step += 2) {
    stand(torques, observation.subarray(JOINT_POS), observation.subarray(JOINT_VEL));
    observation = world.step(torques);
  }
  return 1000 * steps / (performance.now() - start);
}

/**
 * A training of 4,000 steps, some seconds: the threads of each begin anew, and with code that V8 has
 * not optimised yet.
 *
 * @returns Training steps per second, without what comes before the first
 */
async function measureTraining(threads: number, seed: number): Promise<number> {
  const source = createWalkSource(10, 4_000, createRandom(seed, "bench", 0));
  const { stepsPerSecond } = await trainModel({
    model: "path-policy",
    parameters: { epochs: 160 },
    seed,
    stream: "bench",
    source,
    checkpointEvery: 1_000_000,
    validateEvery: 1_000_000,
    threads,
  });
  return stepsPerSecond;
}

/** Measurement beside a program of `bench/peers`. */
interface Comparison {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly ours: () => number | Promise<number>;
  readonly packages: PythonEnvironmentName;
  readonly peer: string;
  readonly script: string;
  readonly args?: readonly string[];
  /** Steps of the peer in one round. */
  readonly steps: number;
  /** Ratio to the peer; absent if it does other work. */
  readonly least?: number;
}

async function compare({ id, name, unit, ours, least, ...peer }: Comparison): Promise<Figure> {
  const { python, reason } = await pythonEnvironment(peer.packages);
  if (python === null) {
    const { value } = await takeTurns(ROUNDS, { value: ours });
    return { id, name: `${name} (no peer: ${reason})`, unit, value };
  }
  await using process = startPeer(python, peer.script, peer.args);
  const { value, other } = await takeTurns(ROUNDS, {
    value: ours,
    other: () => process.measure(peer.steps),
  });
  const figure = { id, name, unit, value, peer: { name: peer.peer, value: other } };
  return least === undefined ? figure : { ...figure, bar: { of: "ratio", least } };
}

export async function measureQuadruped({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  const mjcf = quadrupedScene({ timestep: TIMESTEP, userdata: 0 });
  using scene = await MujocoScene.compile(mjcf);
  using world = await getEnvironment("quadruped").create({ physicsTimestep: TIMESTEP });
  world.configure({});
  const file = await Deno.makeTempFile({ prefix: "sluice-bench-", suffix: ".xml" });
  await Deno.writeTextFile(file, mjcf);
  try {
    const physics = await compare({
      id: "quadruped.physics",
      name: "quadruped, standing, timestep 0.002 s, one core",
      unit: "physics steps/s",
      ours: () => measurePhysics(scene, PHYSICS_STEPS),
      packages: "bench",
      peer: "native MuJoCo",
      script: "quadruped_mujoco.py",
      args: [file],
      steps: PHYSICS_STEPS,
      least: BARS.physics,
    });
    const environment = await compare({
      id: "quadruped.environment",
      name: "quadruped, steps of the environment, one core",
      unit: "physics steps/s",
      ours: () => measureEnvironment(world, PHYSICS_STEPS, seed),
      packages: "gymnasium",
      peer: "Gymnasium's Ant-v5, native MuJoCo, 8 joints",
      script: "ant.py",
      steps: PHYSICS_STEPS,
    });
    return [physics, environment, ...await compareTraining(seed)];
  } finally {
    await Deno.remove(file);
  }
}

async function compareTraining(seed: number): Promise<readonly Figure[]> {
  const name = "path-policy, batch 256, 51-256-256-128-12", unit = "steps/s";
  const alone = await compare({
    id: "training-path-torch",
    name: `${name}, one thread`,
    unit,
    ours: () => measureTraining(1, seed),
    packages: "bench",
    peer: "PyTorch, eager",
    script: "path_torch.py",
    steps: PEER_TRAINING_STEPS,
    least: BARS.training,
  });
  const { one, two } = await takeTurns(ROUNDS, {
    one: () => measureTraining(1, seed),
    two: () => measureTraining(2, seed),
  });
  return [alone, {
    id: "quadruped.threads",
    name: `${name}, two threads`,
    unit,
    value: two,
    peer: { name: "one thread", value: one },
    bar: { of: "ratio", least: BARS.threads },
  }];
}
