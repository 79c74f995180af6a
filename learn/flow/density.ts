import type { SavedPolicy } from "../../core/episode.ts";
import { parseConfig } from "../model.ts";
import { createRecording, type Recording } from "../tape/recording.ts";
import { bridgeWeights } from "./bridge.ts";
import { FLOW_CONFIG } from "./config.ts";
import { recordInputs } from "./losses.ts";
import { recordLogDensity, recordSample, transitionWeights } from "./transition.ts";

/** Condition of a density: dense, normalised rows; times in control steps. */
export interface FlowQuery {
  /** `[rows, state]` */
  readonly state: Float32Array;
  /** `[rows, condition]` */
  readonly condition: Float32Array;
  /** `[rows]` since the start of the episode. */
  readonly time: Float32Array;
  /** `[rows]` to the later state. */
  readonly interval: Float32Array;
  /** `[rows, planWidth]` by `writePlan()`; absent if the flow reads no plan. */
  readonly plan?: Float32Array;
}

/** A trained flow, on a fixed number of rows at a time. */
export interface FlowDensity {
  readonly rows: number;
  /** `[rows]` ln p of normalised later states `[rows, state]`, in nats. */
  logDensity(query: FlowQuery, next: Float32Array): Float32Array;
  /** `[rows, state]` later states, normalised, of standard normal noise of that shape. */
  sample(query: FlowQuery, noise: Float32Array): Float32Array;
}

/**
 * A trained flow made ready to be asked.
 *
 * @param rows Rows of every query
 * @throws {InvalidInputError} If it is no flow, or a tensor is absent or of another shape
 */
export function openFlow(saved: SavedPolicy, rows: number): FlowDensity {
  const { architecture, consistency } = parseConfig("flow", FLOW_CONFIG, saved.config);
  const weights = [
    ...transitionWeights(architecture),
    ...(consistency > 0 ? bridgeWeights(architecture) : []),
  ];
  const record = (name: "noise" | "next"): Recording =>
    createRecording(weights, saved, rows, (tape) => {
      const { from, interval } = recordInputs(tape, architecture);
      const x = tape.input(name, architecture.state);
      return {
        out: name === "noise"
          ? recordSample(tape, architecture, from, interval, x).value
          : recordLogDensity(tape, architecture, from, interval, x).logDensity,
      };
    });
  const recordings = { noise: record("noise"), next: record("next") };
  const ask = (
    name: "noise" | "next",
    { state, condition, time, interval, plan }: FlowQuery,
    data: Float32Array,
  ): Float32Array => {
    const recording = recordings[name];
    recording.fill("state", state);
    if (architecture.condition > 0) recording.fill("condition", condition);
    recording.fill("time", time);
    recording.fill("interval", interval);
    if (plan !== undefined) recording.fill("plan", plan);
    recording.fill(name, data);
    recording.run();
    return recording.read("out");
  };
  return {
    rows,
    logDensity: (query, next) => ask("next", query, next),
    sample: (query, noise) => ask("noise", query, noise),
  };
}
