import type { PushTEngine, PushTState } from "../../sim/push_t/push_t_scene.ts";

/** What `push_t_golden.py` records, in its order. */
export const KINDS = ["gentle", "uniform", "jam", "along"] as const;
export const STEPS = 300;
/**
 * Numbers of a step (action x, y; agent x, y, block x, y, angle and coverage after it), and of a
 * start.
 */
const STEP_SIZE = 8, START_SIZE = 5;

/** One sequence of actions in gym-pusht. */
export interface Replay {
  readonly kind: typeof KINDS[number];
  readonly start: PushTState;
  /** `[STEPS]` each `[8]` */
  readonly steps: readonly Float64Array[];
}

/** @param bytes Of a file that `push_t_golden.py record` wrote */
export function readReplays(bytes: Uint8Array<ArrayBuffer>): readonly Replay[] {
  const data = new Float64Array(bytes.buffer);
  const size = START_SIZE + STEPS * STEP_SIZE, count = data.length / size;
  return Array.from({ length: count }, (_, i) => {
    const row = data.subarray(i * size, (i + 1) * size);
    const [agentX = NaN, agentY = NaN, blockX = NaN, blockY = NaN, angle = NaN] = row;
    return {
      kind: KINDS[Math.floor(i * KINDS.length / count)]!,
      start: [agentX, agentY, blockX, blockY, angle],
      steps: Array.from({ length: STEPS }, (_, step) => {
        const from = START_SIZE + step * STEP_SIZE;
        return row.subarray(from, from + STEP_SIZE);
      }),
    };
  });
}

/** Computes the largest differences of agent and block from a replay, by step (px and rad). */
export function replayErrors(engine: PushTEngine, { start, steps }: Replay): Float64Array {
  engine.reset(start);
  return Float64Array.from(steps, ([x, y, agentX, agentY, blockX, blockY, angle]) => {
    engine.step(x!, y!);
    const { pose } = engine;
    return Math.max(
      Math.abs(pose[0]! - agentX!),
      Math.abs(pose[1]! - agentY!),
      Math.abs(pose[4]! - blockX!),
      Math.abs(pose[5]! - blockY!),
      Math.abs(pose[6]! - angle!),
    );
  });
}
