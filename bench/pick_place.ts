import process from "node:process";
import { getEnvironment } from "../sim/mod.ts";
import { pickPlaceScene } from "../sim/arm/pick_place/pick_place_scene.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { type BenchmarkOptions, type Figure, runPeer, takeTurns } from "./_figures.ts";
import { countRollout, type RolloutTask } from "./_rollout.ts";

/** Control steps/s of one core by processor time, beside the same loop in Python on native MuJoCo. */

const EPISODES = 20, ROUNDS = 3;
/** Share of the native engine's speed: WebAssembly has half of it. */
const BAR = 0.4;

const TASK: Omit<RolloutTask, "seed"> = {
  environment: "pick_place",
  policy: "scripted",
  first: 0,
  count: EPISODES,
  randomize: false,
};

/** Output of the peer. */
interface PeerCount {
  readonly steps: number;
  readonly successes: number;
  readonly seconds: number;
}

export async function measurePickPlace({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  const id = "pick-place.steps", name = "scripted pick_place, one core", unit = "control steps/s";
  const ours = async () => {
    const start = process.cpuUsage();
    const { steps, successes } = await countRollout({ ...TASK, seed });
    requireSuccess("Sluice", successes);
    const { user, system } = process.cpuUsage(start);
    return steps / ((user + system) / 1e6);
  };
  const { python, reason } = await pythonEnvironment("bench");
  if (python === null) {
    const { value } = await takeTurns(ROUNDS, { value: ours });
    return [{ id, name: `${name} (no peer: ${reason})`, unit, value }];
  }
  const scene = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    await Deno.writeTextFile(scene, pickPlaceScene(getEnvironment("pick_place").physicsTimestep));
    const { value, peer } = await takeTurns(ROUNDS, {
      value: ours,
      peer: async () => {
        const args = [scene, String(EPISODES)];
        const found = await runPeer<PeerCount>(python, "pick_place.py", args);
        const { steps, successes, seconds } = found;
        requireSuccess("the peer", successes);
        return steps / seconds;
      },
    });
    const beside = { name: "MuJoCo in Python, same loop", value: peer };
    return [{ id, name, unit, value, peer: beside, bar: { of: "ratio", least: BAR } }];
  } finally {
    await Deno.remove(scene);
  }
}

/** A loop that fails the task does other work than the one that it is compared with. */
function requireSuccess(who: string, successes: number): void {
  if (successes >= 0.95 * EPISODES) return;
  throw new Error(`Cannot compare: ${who} solved ${successes} of ${EPISODES} episodes`);
}
