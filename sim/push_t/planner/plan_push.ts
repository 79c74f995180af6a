import type { RandomGenerator } from "../../../core/random.ts";
import { coverageOf } from "../coverage.ts";
import { type PushTEngine, WORLD_SIZE } from "../push_t_scene.ts";
import { observePushT } from "../push_t_world.ts";
import { BlockFrame } from "./block_frame.ts";
import { poseDistance, progressBar, stepsToGoal } from "./cost.ts";
import { FollowedPush } from "./follow_push.ts";
import { alongLine, drawPush, perturbPush, type Push, pushLine, worldLine } from "./push.ts";
import { Ways } from "./ways.ts";

/** Start of a plan, and the means that it may use. */
export interface PlanContext {
  /** An engine of the planner's own, which is left in some state. */
  readonly model: PushTEngine;
  /** State of the engine, see `PushTEngine.snapshot()`. */
  readonly state: Float64Array;
  readonly random: RandomGenerator;
  /** Coverage at which the goal is reached. */
  readonly aim: number;
}

/** Pushes that are drawn and how many of them are simulated whole, of one edge at most. */
interface Search {
  readonly draws: number;
  readonly whole: number;
  readonly perEdge: number;
}

const FIRST: Search = { draws: 96, whole: 12, perEdge: 4 };
/** Search to use if nothing in the first one makes progress. */
const SECOND: Search = { draws: 288, whole: 24, perEdge: 8 };
/** Perturbations of the best two, and their scale in the first and in the second half. */
const PERTURBATIONS = 16, SCALES = [1, 0.4] as const;
/** Steps that a push which makes no progress is worse: any other comes first. */
const NO_PROGRESS = 100;
/** Share of the progress asked of a draw that is asked of a simulated push. */
const LENIENCE = 0.5;

/** A push with what it is expected to cost, in steps. */
interface Candidate {
  readonly push: Push;
  readonly cost: number;
}

/** A push that was simulated whole. */
interface Trial extends Candidate {
  readonly progresses: boolean;
}

/**
 * The push that brings the block nearest to the goal for its steps: many are drawn and ranked by
 * a simulation that begins where the push does, the best are simulated whole, with the way there,
 * and the best two of them are refined.
 *
 * @returns null if no push can be begun
 */
export function planPush(context: PlanContext): Push | null {
  const trials: Trial[] = [];
  const tryOut = (push: Push) => {
    const trial = simulatePush(push, context);
    if (trial !== null) trials.push(trial);
  };
  for (const search of [FIRST, SECOND]) {
    if (trials.some(({ progresses }) => progresses)) break;
    const drawn = new Map<number, number>();
    const chosen = rankPushes(context, search.draws).filter(({ push: { edge } }) => {
      drawn.set(edge, (drawn.get(edge) ?? 0) + 1);
      return drawn.get(edge)! <= search.perEdge;
    });
    for (const { push } of chosen.slice(0, search.whole)) tryOut(push);
  }
  if (trials.length === 0) return null;
  const sort = () => trials.sort((a, b) => a.cost - b.cost);
  sort();
  for (let i = 0; i < PERTURBATIONS; i++) {
    const { push } = trials[i % Math.min(2, trials.length)]!;
    tryOut(perturbPush(push, context.random, SCALES[Math.floor(2 * i / PERTURBATIONS)]!));
    sort();
  }
  return trials[0]!.push;
}

/** Simulates a push from the agent's position; null if no path leads to it. */
function simulatePush(push: Push, { model, state, aim }: PlanContext): Trial | null {
  const { pose } = model;
  model.restore(state);
  const before = stepsToGoal(pose[4]!, pose[5]!, pose[6]!);
  const followed = FollowedPush.begin(push, observePushT(pose));
  if (followed === null) return null;
  for (let steps = 0;; steps++) {
    const target = followed.next(observePushT(pose));
    if (target === null) {
      const after = stepsToGoal(pose[4]!, pose[5]!, pose[6]!);
      const progresses = after <= before - LENIENCE * (before - progressBar(before));
      return { push, cost: steps + after + (progresses ? 0 : NO_PROGRESS), progresses };
    }
    model.step(target[0]!, target[1]!);
    const isDone = model.touched && coverageOf(pose[4]!, pose[5]!, pose[6]!) > aim;
    if (isDone) return { push, cost: steps + 1, progresses: true };
  }
}

/** Steps of a ranked push at most, and those without touch after which it misses the block. */
const LONGEST_PUSH = 12, MISS = 3;
/** Steps for a px of way, and those of setting out and of waiting for the end. */
const WALK = 1 / 15, SET_OUT = 3, WAIT = 2;
/** Distance to the edge of the world within which no push begins (px). */
const MARGIN = 3;
/** Velocity of the agent in px/s when it begins, for one px of the push's speed: about the chase. */
const START_VELOCITY = 5;

/**
 * Pushes of some length that bring the block nearer, best first. The agent is put where a push
 * begins, and every step of it is a length that it may have, so that each costs a few steps only.
 */
function rankPushes(context: PlanContext, count: number): readonly Candidate[] {
  const { model, state, random } = context, { pose } = model;
  model.restore(state);
  const [agentX = 0, agentY = 0, , , ...block] = pose;
  const frame = new BlockFrame(block[0]!, block[1]!, block[2]!);
  const ways = new Ways(frame, [agentX, agentY]);
  const start = { block, steps: stepsToGoal(block[0]!, block[1]!, block[2]!) };
  const good: Candidate[] = [], spare: Candidate[] = [];
  for (let i = 0; i < count; i++) {
    const push = drawPush(random, i, count), line = worldLine(push, frame);
    const [x, y] = line.start;
    if (Math.min(x, y) < MARGIN || Math.max(x, y) > WORLD_SIZE - MARGIN) continue;
    const way = ways.lengthTo(...pushLine(push).start);
    if (way === Infinity) continue;
    model.restore(state);
    const speed = START_VELOCITY * push.speed, [ux, uy] = line.direction;
    model.moveAgent(x, y, speed * ux, speed * uy);
    let best: Candidate | null = null;
    const walked = SET_OUT + WALK * way + WAIT;
    for (const { step, agentAlong } of stepsAlong(model, line, push.speed)) {
      const left = stepsToGoal(pose[4]!, pose[5]!, pose[6]!);
      const found = { push: { ...push, length: agentAlong }, cost: walked + step + left };
      if (left <= progressBar(start.steps)) {
        if (best === null || found.cost < best.cost) best = found;
      } else if (isSpare(start, left, pose)) spare.push(found);
    }
    if (best !== null) good.push(best);
  }
  good.sort((a, b) => a.cost - b.cost);
  if (good.length >= FEW) return good;
  spare.sort((a, b) => a.cost - b.cost);
  return [...good, ...spare.slice(0, SPARES)];
}

/** Draws that make progress below which others are looked at, and how many of them. */
const FEW = 3, SPARES = 6;
/**
 * Minimum displacement of the block by these (px), and the number of steps by which they may make
 * the rest longer.
 */
const MOVED = 10, WORSE = 15;

/** Whether a push without progress may get a block out of where it is stuck. */
function isSpare(
  start: { readonly block: readonly number[]; readonly steps: number },
  left: number,
  pose: Readonly<Float64Array>,
): boolean {
  return left < start.steps + WORSE && poseDistance(start.block, pose.subarray(4)) > MOVED;
}

/** The steps of a push at which the block is touched, until it leaves the world or misses. */
function* stepsAlong(
  model: PushTEngine,
  line: ReturnType<typeof worldLine>,
  speed: number,
): Generator<{ readonly step: number; readonly agentAlong: number }> {
  const { start, direction } = line;
  let missed = 0;
  for (let step = 1; step <= LONGEST_PUSH; step++) {
    const along = speed * (step + 1);
    const x = start[0] + along * direction[0], y = start[1] + along * direction[1];
    if (Math.min(x, y) < 0 || Math.max(x, y) > WORLD_SIZE) return;
    model.step(x, y);
    if (!model.touched) {
      if (++missed > MISS) return;
      continue;
    }
    yield { step, agentAlong: alongLine(line, model.pose[0]!, model.pose[1]!) };
  }
}
