import type { MetricCounter, MetricGauge, MetricMeter } from "@temporalio/common";

/** What a worker measures about pipelines, as Prometheus sees it. */
interface MetricDefinition {
  readonly type: "counter" | "gauge";
  readonly labels: readonly string[];
  /** One sentence, in SI units where there is a unit. */
  readonly help: string;
}

/**
 * Metrics of a worker, by name. Labels are names of pipelines, stages, kinds, queues, schedules and
 * error classes: none grows with the number of runs.
 */
export const METRICS = {
  sluice_shards_total: {
    type: "counter",
    labels: ["pipeline", "kind", "outcome"],
    help: "Shards that ended: computed, cached, failed, stopped or cancelled",
  },
  sluice_stages_total: {
    type: "counter",
    labels: ["pipeline", "kind", "outcome"],
    help: "Unsharded stages and commits of sharded ones that ended, likewise",
  },
  sluice_runs_total: {
    type: "counter",
    labels: ["pipeline", "status"],
    help: "Runs that this worker closed: completed, failed or cancelled",
  },
  sluice_episodes_total: {
    type: "counter",
    labels: ["pipeline", "kind"],
    help: "Candidate episodes of computed shards",
  },
  sluice_accepted_episodes_total: {
    type: "counter",
    labels: ["pipeline", "kind"],
    help: "Episodes among them that the stage accepted",
  },
  sluice_steps_total: {
    type: "counter",
    labels: ["pipeline", "kind"],
    help: "Control steps of computed shards",
  },
  sluice_thread_seconds_total: {
    type: "counter",
    labels: ["pipeline", "kind"],
    help: "Time that computed shards took on their threads (s)",
  },
  sluice_stored_bytes_total: {
    type: "counter",
    labels: ["pipeline", "kind"],
    help: "Size of the stages that were committed (bytes)",
  },
  sluice_failures_total: {
    type: "counter",
    labels: ["kind", "error"],
    help: "Failed attempts by class of error",
  },
  sluice_store_errors_total: {
    type: "counter",
    labels: ["error"],
    help: "Failed attempts because the store could not be read or written, or is damaged",
  },
  sluice_training_loss: {
    type: "gauge",
    labels: ["pipeline", "stage"],
    help: "Loss at the last reported optimiser step",
  },
  sluice_training_steps_per_second: {
    type: "gauge",
    labels: ["pipeline", "stage"],
    help: "Speed of a training as last reported (optimiser steps/s)",
  },
  sluice_running_tasks: {
    type: "gauge",
    labels: ["kind"],
    help: "Shards and stages in progress on this worker",
  },
  sluice_stuck_tasks: {
    type: "gauge",
    labels: ["kind"],
    help: "Those of them that reported no progress for 10 minutes",
  },
  sluice_backlog_tasks: {
    type: "gauge",
    labels: ["queue"],
    help: "Tasks that wait in a queue of this worker's build",
  },
  sluice_last_successful_night_timestamp_seconds: {
    type: "gauge",
    labels: ["schedule"],
    help: "When the last successful nightly run of a schedule ended (s since 1970)",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

type MetricName = keyof typeof METRICS;

/** Metrics that only grow, and others. */
type CounterName = { [N in MetricName]: typeof METRICS[N]["type"] extends "counter" ? N : never }[
  MetricName
];
type GaugeName = Exclude<MetricName, CounterName>;

/** Values of the labels of a metric. */
type Labels<Name extends MetricName> = Readonly<
  Record<typeof METRICS[Name]["labels"][number], string>
>;

/** The metrics of a worker, on the meter of Temporal's runtime, which exports them beside its own. */
export class Metrics {
  readonly #meter: MetricMeter;
  readonly #counters = new Map<string, MetricCounter>();
  readonly #gauges = new Map<string, MetricGauge>();
  /** Parts below one of what was added, by counter and labels: counters take whole numbers. */
  readonly #rests = new Map<string, number>();

  constructor(meter: MetricMeter) {
    this.#meter = meter;
  }

  add<Name extends CounterName>(name: Name, value: number, labels: Labels<Name>): void {
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      counter = this.#meter.createCounter(name, "", METRICS[name].help);
      this.#counters.set(name, counter);
    }
    const key = `${name} ${Object.values(labels).join(" ")}`;
    const sum = (this.#rests.get(key) ?? 0) + Math.max(0, value), whole = Math.floor(sum);
    this.#rests.set(key, sum - whole);
    counter.add(whole, { ...labels });
  }

  set<Name extends GaugeName>(name: Name, value: number, labels: Labels<Name>): void {
    let gauge = this.#gauges.get(name);
    if (gauge === undefined) {
      gauge = this.#meter.createGauge(name, "float", "", METRICS[name].help);
      this.#gauges.set(name, gauge);
    }
    if (Number.isFinite(value)) gauge.set(value, { ...labels });
  }
}
