import { InvalidInputError } from "../../core/errors.ts";
import type { RandomGenerator } from "../../core/random.ts";
import { FlowFutures } from "../../learn/mod.ts";
import { type Dataset, loadPolicy } from "../../store/mod.ts";
import { tableSource } from "./table_source.ts";

/** Options for sampling futures; times are in control steps. */
export interface FlowSampleOptions {
  /** Episode of the dataset, from 0. */
  readonly episode: number;
  /** Steps done in it. */
  readonly step: number;
  /** Steps from there, 1 … `maxSteps`. */
  readonly ahead: number;
  /** Gives the noise: the same generator gives the same samples. */
  readonly random: RandomGenerator;
}

/** A trained flow, ready to sample what it expects. */
export interface TrainedFlow {
  /** Step fields that it predicts. */
  readonly fields: readonly string[];
  /** Control steps that it was trained to look ahead. */
  readonly maxSteps: number;
  /** Samples of every call. */
  readonly samples: number;
  /**
   * Samples of the state of an episode some steps later.
   *
   * @returns `[samples, width]` of every field, row-major, in its own unit
   * @throws {InvalidInputError} If there is no such time, or the dataset lacks what the flow reads
   */
  sample(
    dataset: Dataset,
    options: FlowSampleOptions,
  ): Promise<Readonly<Record<string, Float32Array>>>;
}

/**
 * Opens a trained flow.
 *
 * @param directory Output of its train stage, e.g. `data/runs/pusht-flow/latest/stages/train`
 * @param samples Of every call
 * @throws {InvalidInputError} If it is no flow
 * @throws {DamagedStoreError} If it is not committed, or bytes are not those committed
 */
export async function openFlow(
  directory: string,
  { samples = 1024 }: { readonly samples?: number } = {},
): Promise<TrainedFlow> {
  const flow = await openFutures(directory, samples), { fields, maxSteps } = flow;
  return {
    fields,
    maxSteps,
    samples,
    async sample(dataset, { episode, step, ahead, random }) {
      requireTime(dataset, { episode, step, ahead, maxSteps });
      const table = await dataset.readTable(episode, episode + 1);
      const source = tableSource(dataset.schema, table);
      const columns = await flow.sample(source, fields, { step, ahead, random });
      return Object.fromEntries(fields.map((field, at) => [field, columns[at]!]));
    },
  };
}

/**
 * Opens the same as {@linkcode openFlow}, for episodes from anywhere.
 *
 * @param name What messages call it
 */
export async function openFutures(
  directory: string,
  samples: number,
  name = directory,
): Promise<FlowFutures> {
  const saved = await loadPolicy(directory);
  if (saved.model === "flow") return new FlowFutures(saved, samples);
  throw new InvalidInputError({
    action: "sample",
    place: name,
    expected: "a predictive model (flow)",
    found: `"${saved.model}"`,
    remedy: "choose another, e.g. a run of pusht-flow",
  });
}

function requireTime(
  { episodes, episodeEnds }: Dataset,
  { episode, step, ahead, maxSteps }: {
    readonly episode: number;
    readonly step: number;
    readonly ahead: number;
    readonly maxSteps: number;
  },
): void {
  const refuse = (what: string, last: number, found: number) => {
    throw new InvalidInputError({
      action: "sample a flow",
      expected: `${what} … ${last}`,
      found,
      remedy: "choose a value in that range",
    });
  };
  const within = (value: number, first: number, last: number) =>
    Number.isInteger(value) && first <= value && value <= last;
  if (!within(episode, 0, episodes - 1)) refuse("an episode of 0", episodes - 1, episode);
  const length = episodeEnds[episode]! - (episode === 0 ? 0 : episodeEnds[episode - 1]!);
  if (!within(step, 0, length - 1)) refuse("a step of 0", length - 1, step);
  if (!within(ahead, 1, maxSteps)) refuse("a time ahead of 1", maxSteps, ahead);
}
