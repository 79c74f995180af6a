import { type EpisodeTable, rowSize, typedData } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { poseSize } from "../world/drawing.ts";
import type { EnvironmentDefinition } from "../world/environment.ts";
import { isSetByObservations, isViewable, type ObservationStateWorld } from "../world/world.ts";
import { EpisodeView } from "./episode_view.ts";
import { EpisodeRecorder } from "./recorder.ts";
import { type Replay, simulatedSchema } from "./replay.ts";
import { compareEpisodes } from "./replay_comparison.ts";
import { observationSplitter } from "../world/spaces.ts";

/**
 * Episodes of which only observations and actions are known, as files of other tools have them: no
 * start state, nothing of what was randomized.
 */

/**
 * Returns the observations of a policy at every state.
 *
 * @returns `[steps + 1][n]`; NaN if a field was not recorded
 */
export function recordedObservations(
  { observation }: EnvironmentDefinition,
  recorded: EpisodeView,
): Float32Array[] {
  const fields = observation.map(({ name, shape }) =>
    recorded.step(`observation/${name}`) === undefined
      ? { data: null, size: rowSize(shape) }
      : recorded.states(name)
  );
  return Array.from({ length: recorded.length + 1 }, (_, state) =>
    Float32Array.from(
      fields.flatMap(({ data, size }) =>
        data === null ? Array<number>(size).fill(NaN) : [
          ...data.subarray(state * size, (state + 1) * size),
        ]
      ),
    ));
}

/**
 * A nominal world for an episode without a start state.
 *
 * @throws {InvalidInputError} If observations of the environment do not tell its state
 */
export async function createObservationStateWorld(
  environment: EnvironmentDefinition,
): Promise<ObservationStateWorld> {
  const world = await environment.create();
  world.configure({});
  if (isSetByObservations(world)) return world;
  world[Symbol.dispose]();
  throw new InvalidInputError({
    action: "replay an episode of",
    place: environment.name,
    expected: "its start_state",
    found: "none",
    remedy: "it was recorded by another version or tool",
  });
}

/**
 * Simulates every step of an episode separately, from the state in its observation, without its
 * randomization: the approximate effect of the recorded actions. The poses are the recorded ones.
 *
 * @throws {InvalidInputError} If observations of the environment do not tell its state
 * @throws The signal's reason, if it is aborted
 */
export async function replayObserved(
  environment: EnvironmentDefinition,
  table: EpisodeTable,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Replay> {
  const recorded = new EpisodeView(table, 0);
  using world = await createObservationStateWorld(environment);
  const schema = simulatedSchema(environment.schema(), table);
  const recorder = new EpisodeRecorder(schema);
  const states = recordedObservations(environment, recorded);
  world.setStateFromObservation(states[0]!); // the camera stands beside what it follows
  const viewed = isViewable(world) ? world : null, drawing = viewed?.drawing() ?? null;
  const frame = drawing === null ? 0 : drawing.shapes.length * poseSize(drawing);
  const poses = new Float32Array(frame * states.length);
  const split = observationSplitter(environment.observation, "observation");
  const splitFinal = observationSplitter(environment.observation, "final_observation");
  const { data, size } = recorded.step("action")!, actions = typedData(data, Float32Array);
  const observations: Float32Array[] = [];
  let simulated = states[0]!;
  states.forEach((state, step) => {
    signal?.throwIfAborted();
    observations.push(simulated);
    world.setStateFromObservation(state);
    if (viewed !== null) poses.set(viewed.poses(), frame * step);
    if (step === recorded.length) return;
    recorder.addStep(split(simulated));
    simulated = world.step(actions.slice(step * size, (step + 1) * size));
  });
  recorder.endEpisode(splitFinal(simulated));
  const replayed = recorder.table();
  return {
    isExact: false,
    origin: null,
    comparison: compareEpisodes(schema, recorded, new EpisodeView(replayed, 0)),
    observations,
    table: replayed,
    drawing,
    poses,
    path: [],
  };
}
