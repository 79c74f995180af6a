import { type Column, copyData, createColumnData, type EpisodeTable } from "../../core/episode.ts";
import { cameraRows } from "../images/camera_spec.ts";
import type { World } from "../world/world.ts";
import { selectRandomization } from "../world/randomization.ts";
import type { BatchPolicy, BatchRequest } from "./batch_policy.ts";
import { EpisodeRecorder } from "./recorder.ts";
import type { RolloutOptions } from "./rollout_options.ts";
import { type EpisodeFigures, type EpisodePlace, SimulatedEpisode } from "./simulated_episode.ts";
import { Turns } from "./turns.ts";

/** One of the worlds that step together, and what goes on in it. */
interface Slot {
  readonly world: World;
  /** Null where it waits for a candidate. */
  current: Attempt | null;
}

/** An attempt of a candidate under way. */
interface Attempt {
  /** Number of the episode in the rollout. */
  readonly id: number;
  readonly candidate: number;
  readonly attempt: number;
  readonly recorder: EpisodeRecorder;
  readonly episode: SimulatedEpisode;
  readonly seed: number;
  isFirst: boolean;
}

/**
 * Simulates candidates in several worlds that step together, so that a policy is asked for all of
 * them at once. Candidates begin as worlds become free, and their rows come in their own order.
 *
 * @returns What `rolloutCandidates()` returns
 */
export async function rolloutInBatches(
  options: Omit<RolloutOptions, "policy">,
  policy: BatchPolicy,
): Promise<EpisodeTable> {
  const { environment, count, signal } = options;
  const worlds = new DisposableStack();
  using _worlds = worlds;
  const slots: Slot[] = [];
  for (let i = 0; i < Math.min(count, policy.worlds); i++) {
    slots.push({ world: worlds.use(await environment.create(options.world)), current: null });
  }
  const rollout = new BatchRollout(options, policy), turns = new Turns(signal);
  for (;;) {
    signal?.throwIfAborted();
    for (const slot of slots) rollout.fill(slot);
    const requests: BatchRequest[] = [], running: Attempt[] = [];
    for (const { world, current } of slots) {
      if (current === null) continue;
      running.push(current);
      requests.push(requestOf(current, world, policy));
    }
    if (running.length === 0) return rollout.table();
    const answer = policy.act(requests);
    const actions = answer instanceof Promise ? await answer : answer;
    for (const [i, attempt] of running.entries()) {
      attempt.isFirst = false;
      attempt.episode.step(actions[i]!); // one for each
    }
    await turns.after(running.length);
  }
}

/** Asks for the next action of an attempt. */
function requestOf(
  { id, isFirst, seed, episode: { observation } }: Attempt,
  world: World,
  { cameras }: BatchPolicy,
): BatchRequest {
  const request = { episode: id, isFirst, seed, observation };
  return cameras === undefined ? request : { ...request, images: cameraRows(world, cameras) };
}

/** Progress and results of the candidates. */
class BatchRollout {
  readonly #options: Omit<RolloutOptions, "policy">;
  readonly #policy: BatchPolicy;
  readonly #schema;
  readonly #selected;
  readonly #tables: EpisodeTable[] = [];
  #next = 0;
  #nextId = 0;
  #done = 0;
  #steps = 0;
  #successes = 0;

  constructor(options: Omit<RolloutOptions, "policy">, policy: BatchPolicy) {
    const { environment } = options;
    this.#options = options;
    this.#policy = policy;
    this.#schema = environment.schema(options);
    this.#selected = selectRandomization(environment.randomization, options.randomize);
  }

  /** Ends what is over in a world, and begins what is next there, until something goes on. */
  fill(slot: Slot): void {
    for (;;) {
      if (slot.current?.episode.isOver) slot.current = this.#end(slot.world, slot.current);
      else if (slot.current === null && this.#next < this.#options.count) {
        const candidate = this.#options.first + this.#next++;
        slot.current = this.#begin(slot.world, { candidate, attempt: 0 });
      } else return;
    }
  }

  /** The rows of all candidates, in their order. */
  table(): EpisodeTable {
    return joinTables(this.#tables);
  }

  #begin(world: World, place: EpisodePlace): Attempt {
    const recorder = new EpisodeRecorder(this.#schema), options = this.#options;
    const episode = new SimulatedEpisode(world, place, {
      ...options,
      selected: this.#selected,
      recorder,
    });
    const id = this.#nextId++, seed = episode.random("policy").uint32();
    return { id, ...place, recorder, episode, seed, isFirst: true };
  }

  /** @returns The next attempt of the candidate, null where it is done */
  #end(world: World, { id, candidate, attempt, recorder, episode }: Attempt): Attempt | null {
    const { attempts, first, onProgress } = this.#options, { next } = episode;
    this.#policy.end?.(id);
    if (next !== null) return this.#begin(world, next);
    const figures: EpisodeFigures = episode.end();
    this.#steps += figures.steps;
    if (!figures[attempts?.until ?? "valid"] && attempt + 1 < (attempts?.most ?? 1)) {
      return this.#begin(world, { candidate, attempt: attempt + 1 });
    }
    if (figures.success) this.#successes++;
    this.#tables[candidate - first] = recorder.table();
    onProgress?.({
      candidates: ++this.#done,
      steps: this.#steps,
      successes: this.#successes,
    });
    return null;
  }
}

/** The episodes of several tables of one schema, one behind another. */
function joinTables(tables: readonly EpisodeTable[]): EpisodeTable {
  return {
    lengths: Int32Array.from(tables.flatMap(({ lengths }) => [...lengths])),
    step: joinColumns(tables.map(({ step }) => step)),
    episode: joinColumns(tables.map(({ episode }) => episode)),
  };
}

function joinColumns(parts: readonly Readonly<Record<string, Column>>[]): Record<string, Column> {
  const names = Object.keys(parts[0] ?? {});
  return Object.fromEntries(names.map((name) => {
    const columns = parts.map((part) => part[name]!); // all have the same
    const { dtype, shape } = columns[0]!;
    const data = createColumnData(dtype, columns.reduce((sum, { data }) => sum + data.length, 0));
    let offset = 0;
    for (const column of columns) {
      copyData(data, column.data, offset);
      offset += column.data.length;
    }
    return [name, { dtype, shape, data }];
  }));
}
