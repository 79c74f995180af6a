import { type EpisodeSchema, type EpisodeTable, rowSize, typedData } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { createRandom } from "../../core/random.ts";
import { type Drawing, poseSize } from "../world/drawing.ts";
import type { EnvironmentDefinition } from "../world/environment.ts";
import { isViewable, type World } from "../world/world.ts";
import { EpisodeView } from "./episode_view.ts";
import { storedDraw } from "../world/randomization.ts";
import { EpisodeRecorder } from "./recorder.ts";
import { attemptStream } from "./episode_start.ts";
import { compareEpisodes, type ReplayComparison } from "./replay_comparison.ts";
import { observationSplitter, prefixKeys } from "../world/spaces.ts";

/** Random numbers that produce an initial state. */
export interface StartOrigin {
  readonly seed: number;
  readonly stream: string;
  readonly candidate: number;
}

/** An episode that was simulated again. */
export interface Replay {
  /** Whether it began at the recorded start; else every step began at its recorded observation. */
  readonly isExact: boolean;
  /** Origin that draws the recorded start to the bit, null if none of the tried ones does. */
  readonly origin: StartOrigin | null;
  readonly comparison: ReplayComparison;
  /** The observation before every step, and the one after the last. */
  readonly observations: readonly Float32Array[];
  /** Columns of what the simulator gives, of this one episode. */
  readonly table: EpisodeTable;
  /** Null if the environment has none. */
  readonly drawing: Drawing | null;
  /** `[steps + 1, shapes, poseSize]`, empty without a drawing. */
  readonly poses: Float32Array;
  /** Positions that the policy meant to go through, flat; empty if it had no plan. */
  readonly path: ArrayLike<number>;
}

export interface ReplayOptions {
  /** Index within the table. */
  readonly episode: number;
  /** Streams of generate stages that may have drawn the start; none unless given. */
  readonly streams?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Columns that the world and the outcome function give; the others are of the policy or of the store. */
const SIMULATED =
  /^(observation|info|final_observation|reset_info)\/|^(reward|terminated|success)$/;

/**
 * Simulates an episode again from its recorded start by its recorded actions, and compares
 * everything that the simulator gives with what was recorded.
 *
 * @throws {RangeError} If the table has no such episode
 * @throws {InvalidInputError} If its start or its actions are not recorded as the environment has them
 * @throws The signal's reason, if it is aborted
 */
export async function replayEpisode(
  environment: EnvironmentDefinition,
  table: EpisodeTable,
  { episode, streams = [], signal }: ReplayOptions,
): Promise<Replay> {
  const recorded = new EpisodeView(table, episode);
  requireReplayable(environment, recorded);
  const schema = simulatedSchema(environment.schema(), table);
  const recorder = new EpisodeRecorder(schema);
  using world = await environment.create();
  world.configure(storedDraw(environment.randomization, recorded));
  const origin = findOrigin(world, recorded, streams);
  world.restore(typedData(recorded.episode("start_state"), Float64Array));
  const { data, size } = recorded.step("action")!, actions = typedData(data, Float32Array);
  const viewed = isViewable(world) ? world : null, drawing = viewed?.drawing() ?? null;
  const frame = drawing === null ? 0 : drawing.shapes.length * poseSize(drawing);
  const poses = new Float32Array(frame * (recorded.length + 1));
  const outcomeOf = environment.createOutcomeFunction();
  const split = observationSplitter(environment.observation, "observation");
  const splitFinal = observationSplitter(environment.observation, "final_observation");
  const observations = [world.observe()];
  const resetInfo = world.info?.() ?? {};
  let outcome = { reward: 0, terminated: false, success: false };
  const takePoses = (step: number) => viewed !== null && poses.set(viewed.poses(), frame * step);
  takePoses(0);
  for (let step = 0; step < recorded.length; step++) {
    signal?.throwIfAborted();
    const action = actions.slice(step * size, (step + 1) * size);
    const observation = world.step(action);
    outcome = outcomeOf(observation, action);
    recorder.addStep({
      ...split(observations[step]!),
      reward: outcome.reward,
      ...prefixKeys("info/", world.info?.() ?? {}),
    });
    observations.push(observation);
    takePoses(step + 1);
  }
  recorder.endEpisode({
    terminated: outcome.terminated,
    success: outcome.success,
    ...splitFinal(observations.at(-1)!),
    ...prefixKeys("reset_info/", resetInfo),
  });
  const replayed = recorder.table();
  const comparison = compareEpisodes(schema, recorded, new EpisodeView(replayed, 0));
  const path = environment.pathOf?.(recorded) ?? [];
  return { isExact: true, origin, comparison, observations, table: replayed, drawing, poses, path };
}

/**
 * Finds the stream whose reset produces the recorded start, with the recorded seed and candidate.
 */
function findOrigin(
  world: World,
  recorded: EpisodeView,
  streams: readonly string[],
): StartOrigin | null {
  const seed = Number(recorded.episode("seed")?.[0] ?? NaN), { candidate } = recorded;
  const attempt = Number(recorded.episode("attempt")?.[0] ?? 0);
  if (Number.isNaN(seed)) return null;
  const start = recorded.episode("start_state")!;
  const stream = streams.find((stream) => {
    const purpose = `${attemptStream(stream, attempt)}/start`;
    world.reset(createRandom(seed, purpose, candidate), candidate);
    return world.snapshot().every((value, i) => Object.is(value, start[i]));
  });
  return stream === undefined ? null : { seed, stream, candidate };
}

/** @throws {InvalidInputError} If what was recorded is not enough to simulate it again */
export function requireReplayable(
  { name, stateSize, action }: EnvironmentDefinition,
  recorded: EpisodeView,
): void {
  const found = {
    start_state: { expected: stateSize, found: recorded.episode("start_state")?.length },
    action: { expected: rowSize(action.shape), found: recorded.step("action")?.size },
  };
  for (const [field, { expected, found: size }] of Object.entries(found)) {
    if (size === expected) continue;
    throw new InvalidInputError({
      action: "replay an episode of",
      place: name,
      expected: `${expected} numbers as ${field}`,
      found: size ?? "none",
      remedy: "it was recorded by another version or tool",
    });
  }
}

/** Returns the schema of what can be compared: a table of other tools may lack some of it. */
export function simulatedSchema(schema: EpisodeSchema, table: EpisodeTable): EpisodeSchema {
  return {
    ...schema,
    step: schema.step.filter(({ name }) => SIMULATED.test(name) && name in table.step),
    episode: schema.episode.filter(({ name }) => SIMULATED.test(name) && name in table.episode),
  };
}
