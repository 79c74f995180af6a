import { createRandom } from "../core/random.ts";
import { trainModel } from "../learn/mod.ts";
import { MujocoScene } from "../sim/mod.ts";
import { quadrupedScene } from "../sim/quadruped_scene.ts";
import { createWalkSource } from "../tests/learn/walk_source.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { type Figure, takeTurns } from "./_figures.ts";
import { startPeer } from "./_peer.ts";

/**
 * Physics of the quadruped beside native MuJoCo on the same scene, and training of the
 * path-following policy beside PyTorch, one thread each, taking turns in one run.
 */

const ROUNDS = 3;
/** Of a round: about a second of each. */
const PHYSICS_STEPS = 20_000, TRAINING_STEPS = 200;
const TIMESTEP = 0.002;
/** Least ratios to the peers. */
const PHYSICS_BAR = 0.4, TRAINING_BAR = 0.6;

/** Rad, hip, thigh and calf of a robot that stands. */
const POSE = [0, 0.83, -1.6];

/** Steps per second of a robot that stands by PD control, set once in two steps. */
function measurePhysics(scene: MujocoScene, steps: number): number {
  scene.resetState();
  for (let joint = 0; joint < 12; joint++) scene.data("qpos")[7 + joint] = POSE[joint % 3]!;
  const start = performance.now();
  for (let step = 0; step < steps; step += 2) {
    const qpos = scene.data("qpos"), qvel = scene.data("qvel"), ctrl = scene.data("ctrl");
    for (let joint = 0; joint < 12; joint++) {
      ctrl[joint] = 80 * (POSE[joint % 3]! - qpos[7 + joint]!) - qvel[6 + joint]!;
    }
    scene.advance(2);
  }
  return 1000 * steps / (performance.now() - start);
}

export async function measureQuadruped(): Promise<readonly Figure[]> {
  const mjcf = quadrupedScene({ timestep: TIMESTEP, userdata: 0 });
  using scene = await MujocoScene.compile(mjcf);
  const source = createWalkSource(10, 4_000, createRandom(1, "bench", 0));
  const physics = () => measurePhysics(scene, PHYSICS_STEPS);
  const training = async () => {
    const { stepsPerSecond } = await trainModel({
      model: "path-policy",
      parameters: { epochs: 8 },
      seed: 0,
      stream: "bench",
      source,
      checkpointEvery: 1_000_000,
      validateEvery: 1_000_000,
    });
    return stepsPerSecond;
  };
  const { python, reason } = await pythonEnvironment("bench");
  const names = {
    physics: "quadruped, standing, timestep 0.002 s, one core",
    training: "path-policy, batch 256, 51-256-256-128-12, one thread",
  };
  if (python === null) {
    const rates = await takeTurns(ROUNDS, { physics, training });
    return [
      {
        name: `${names.physics} (no peer: ${reason})`,
        unit: "physics steps/s",
        value: rates.physics,
      },
      { name: `${names.training} (no peer: ${reason})`, unit: "steps/s", value: rates.training },
    ];
  }
  const file = await Deno.makeTempFile({ prefix: "sluice-bench-", suffix: ".xml" });
  await Deno.writeTextFile(file, mjcf);
  try {
    await using native = startPeer(python, "quadruped_mujoco.py", [file]);
    await using torch = startPeer(python, "path_torch.py");
    const rates = await takeTurns(ROUNDS, {
      physics,
      native: () => native.measure(PHYSICS_STEPS),
      training,
      torch: () => torch.measure(TRAINING_STEPS),
    });
    return [{
      name: names.physics,
      unit: "physics steps/s",
      value: rates.physics,
      peer: { name: "native MuJoCo", value: rates.native },
      bar: { of: "ratio", least: PHYSICS_BAR },
    }, {
      name: names.training,
      unit: "steps/s",
      value: rates.training,
      peer: { name: "PyTorch, eager", value: rates.torch },
      bar: { of: "ratio", least: TRAINING_BAR },
    }];
  } finally {
    await Deno.remove(file);
  }
}
