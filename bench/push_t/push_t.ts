import { join } from "node:path";
import { ChipmunkPushT } from "../../sim/push_t/chipmunk/chipmunk_push_t.ts";
import { getEnvironment } from "../../sim/mod.ts";
import type { PushTEngine } from "../../sim/push_t/push_t_scene.ts";
import { RapierPushT } from "../../sim/push_t/rapier_push_t.ts";
import { readReplays, type Replay } from "../../tests/sim/_push_t_replays.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { type Figure, median, runPeer, takeTurns } from "../_figures.ts";
import type { RolloutCount } from "../_rollout.ts";

/**
 * Speed of Push-T's engines and images beside gym-pusht, and how far their blocks are from its
 * block.
 */

/** Sequences of each kind whose error is measured, and over which speed is. */
const SEQUENCES = 100, TIMED = 3;
const ROUNDS = 3;
/**
 * Minimum duration of a round, as long as the peer's: the first hundredths would be spent on
 * unoptimised code (s).
 */
const ROUND_SECONDS = 1;
/** Control steps after which the error is reported. */
const AFTER = [10, 50, 100, 200, 300];
const PEER = "../../tests/sim/push_t_golden.py";
const GYM = "gym-pusht 0.1.8";

/** Images a round, their size, and times the rate of gym-pusht. */
const FRAMES = 300, FRAME_SIZE = 96, LEAST_FRAMES = 5;

/** Bars of each engine: times the steps/s of gym-pusht, and px from its block. */
const ENGINES = {
  chipmunk: { create: () => new ChipmunkPushT(), leastSpeed: 20, mostError: 1e-6 },
  rapier2d: { create: () => RapierPushT.create(), leastSpeed: 1.8, mostError: undefined },
} satisfies Record<string, EngineBars>;

interface EngineBars {
  readonly create: () => PushTEngine | Promise<PushTEngine>;
  readonly leastSpeed: number;
  readonly mostError: number | undefined;
}

/** Output of the peer about its images. */
interface PeerFrames {
  readonly frames: number;
  readonly seconds: number;
}

export async function measurePushT(): Promise<readonly Figure[]> {
  const { python, reason } = await pythonEnvironment("tests"); // where its golden comes from
  if (python === null) throw new Error(`Cannot measure Push-T without its peer: ${reason}`);
  const directory = await Deno.makeTempDir({ prefix: "sluice-bench-" });
  try {
    const file = join(directory, "replays.f64");
    await runPeer(python, PEER, ["record", file, String(SEQUENCES)]);
    const replays = readReplays(await Deno.readFile(file));
    const timed = replays.filter((_, i) => i % SEQUENCES < TIMED);
    return [
      ...await compareSpeed(python, timed),
      await compareImages(python, timed[0]!),
      ...await measureErrors(replays),
    ];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Environment steps/s of one core, with reward and success. */
async function compareSpeed(python: string, replays: readonly Replay[]): Promise<Figure[]> {
  const { gym, ...ours } = await takeTurns(ROUNDS, {
    async gym() {
      const { steps, seconds } = await runPeer<RolloutCount>(python, PEER, [
        "speed",
        String(TIMED),
      ]);
      return steps / seconds;
    },
    chipmunk: () => stepsPerSecond("chipmunk", replays),
    rapier2d: () => stepsPerSecond("rapier2d", replays),
  });
  return Object.entries(ours).map(([engine, value]) => ({
    id: `push-t.steps-${engine}`,
    name: `push-t on ${engine}, one core`,
    unit: "env steps/s",
    value,
    peer: { name: GYM, value: gym },
    bar: { of: "ratio", least: ENGINES[engine as keyof typeof ENGINES].leastSpeed }, // its own keys
  }));
}

async function stepsPerSecond(name: keyof typeof ENGINES, replays: readonly Replay[]) {
  const environment = getEnvironment("push-t", { engine: name });
  using world = await environment.create();
  using engine = await ENGINES[name].create();
  const outcomeOf = environment.createOutcomeFunction();
  let seconds = 0, steps = 0;
  for (let i = 0; i < replays.length || seconds < ROUND_SECONDS; i++) {
    const replay = replays[i % replays.length]!;
    engine.reset(replay.start);
    world.restore(engine.snapshot());
    const actions = replay.steps.map(([x, y]) => Float32Array.of(x!, y!));
    const start = performance.now();
    for (const action of actions) outcomeOf(world.step(action), action);
    seconds += (performance.now() - start) / 1000;
    steps += actions.length;
  }
  return steps / seconds;
}

/** Images/s of one core, with the target, and ours with a path. */
async function compareImages(python: string, { start, steps }: Replay): Promise<Figure> {
  using engine = new ChipmunkPushT();
  using world = await getEnvironment("push-t", { engine: "chipmunk" }).create();
  engine.reset(start);
  const path = steps.slice(0, 40).flatMap(([x = 0, y = 0]) => [x, y]);
  const size = { width: FRAME_SIZE, height: FRAME_SIZE, path };
  const { gym, ours } = await takeTurns(ROUNDS, {
    async gym() {
      const { frames, seconds } = await runPeer<PeerFrames>(python, "push_t.py", [
        "render",
        String(FRAMES),
      ]);
      return frames / seconds;
    },
    ours() {
      world.restore(engine.snapshot());
      let seconds = 0;
      for (const [x = 0, y = 0] of steps.slice(0, FRAMES)) {
        world.step(Float32Array.of(x, y));
        const begin = performance.now();
        world.render(size);
        seconds += (performance.now() - begin) / 1000;
      }
      return FRAMES / seconds;
    },
  });
  return {
    id: "push-t.pictures",
    name: `pictures of push-t, ${FRAME_SIZE} × ${FRAME_SIZE} px, one core`,
    unit: "frames/s",
    value: ours,
    peer: { name: GYM, value: gym },
    bar: { of: "ratio", least: LEAST_FRAMES },
  };
}

/** Distance of the block's origin from gym-pusht's after the same actions (px). */
async function measureErrors(replays: readonly Replay[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, { create, mostError }] of Object.entries<EngineBars>(ENGINES)) {
    using engine = await create();
    const errors = replays.map((replay) => blockErrors(engine, replay));
    for (const after of AFTER) {
      const sorted = errors.map((error) => error[after - 1]!).sort((a, b) => a - b);
      const quantile = (share: number) =>
        sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
      const values = {
        median: median(sorted),
        p90: quantile(0.9),
        p99: quantile(0.99),
        maximum: quantile(1),
      };
      for (const [statistic, value] of Object.entries(values)) {
        figures.push({
          id: `push-t.error-${name}-${after}-${statistic}`,
          name: `block error after ${after} steps, ${name}: ${statistic}`,
          unit: "px",
          value,
          ...(mostError === undefined ? {} : { bar: { of: "value", most: mostError } }),
        });
      }
    }
    const worst = Math.max(...errors.map((error) => Math.max(...error)));
    figures.push({
      id: `push-t.error-${name}-largest`,
      name: `largest block error of ${replays.length} sequences, ${name}`,
      unit: "px",
      value: worst,
      ...(mostError === undefined ? {} : { bar: { of: "value", most: mostError } }),
    });
  }
  return figures;
}

/** Returns the block's error at each control step. */
function blockErrors(engine: PushTEngine, { start, steps }: Replay): readonly number[] {
  engine.reset(start);
  return steps.map(([actionX, actionY, , , x, y]) => {
    engine.step(actionX!, actionY!);
    return Math.hypot(engine.pose[4]! - x!, engine.pose[5]! - y!);
  });
}
