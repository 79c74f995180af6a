import type { EpisodeSource, SavedPolicy } from "../../core/episode.ts";
import type { RandomGenerator } from "../../core/random.ts";
import { parseConfig } from "../model.ts";
import { FLOW_CONFIG } from "./config.ts";
import { type FlowDensity, openFlow } from "./density.ts";
import { createQuery, fillQuery, openEpisodes, queryOf } from "./episodes.ts";
import { columnsOf } from "./fields.ts";

/** Options for sampling futures. */
export interface FuturesOptions {
  /** Control steps done in the episode. */
  readonly step: number;
  /** Control steps from there, at least 1. */
  readonly ahead: number;
  readonly random: RandomGenerator;
}

/** Trained flow that samples whole futures by running its components together. */
export class FlowFutures {
  /** Control steps that it was trained to look ahead. */
  readonly maxSteps: number;
  readonly samples: number;
  /** Step fields that it predicts. */
  readonly fields: readonly string[];
  readonly #saved: SavedPolicy;
  readonly #density: FlowDensity;

  /**
   * @param samples Of every call
   * @throws {InvalidInputError} If it is no flow
   */
  constructor(saved: SavedPolicy, samples: number) {
    const { maxSteps, state } = parseConfig("flow", FLOW_CONFIG, saved.config);
    this.maxSteps = maxSteps;
    this.samples = samples;
    this.#saved = saved;
    this.fields = state;
    this.#density = openFlow(saved, samples);
  }

  /**
   * Samples of fields of a later state, in their own units.
   *
   * @param source One episode, in split `train`
   * @param fields Step fields that the flow predicts
   * @returns `[fields][samples, width]`
   * @throws {InvalidInputError} If the flow does not predict a field, or lacks one of the source
   */
  async sample(
    source: EpisodeSource,
    fields: readonly string[],
    { step, ahead, random }: FuturesOptions,
  ): Promise<readonly Float32Array[]> {
    const columns = fields.map((field) => columnsOf(source, this.fields, field));
    const { trajectories, fields: { state } } = await openEpisodes(this.#saved, source, "train");
    const query = createQuery(trajectories, this.samples), { width } = trajectories;
    fillQuery(query, trajectories, { from: step, steps: ahead }, 0, this.samples);
    const noise = Float32Array.from({ length: this.samples * width }, () => random.normal());
    const drawn = this.#density.sample(queryOf(query), noise);
    const { mean, scale } = state.normalization;
    return columns.map((picked) => {
      const rows = new Float32Array(this.samples * picked.length);
      for (let i = 0; i < rows.length; i++) {
        const row = Math.floor(i / picked.length), column = picked[i % picked.length]!;
        rows[i] = drawn[row * width + column]! * scale[column]! + mean[column]!;
      }
      return rows;
    });
  }
}
