import type { Client } from "@temporalio/client";
import type { ActivityInterceptorsFactory, Worker } from "@temporalio/worker";
import type { ActivityDependencies } from "../../activities/mod.ts";
import { monotonicMs } from "../../core/monotonic.ts";
import { metricMeter } from "../../infra/temporal/runtime.ts";
import { findDiskFault } from "../services/disk_fault.ts";
import type { BackgroundServer } from "../services/background_server.ts";
import { serveHealth } from "./health.ts";
import { Metrics } from "./metrics.ts";
import { sampleServices, type WatchedQueue } from "./service_metrics.ts";
import { WorkMetrics } from "./work_metrics.ts";

/** Interval between two samples of what changes without an event (ms). */
const SAMPLE_INTERVAL_MS = 15_000;

/** Time in which a server that is there answers (ms). */
const SERVER_PATIENCE_MS = 2000;

export interface WatchOptions {
  /** Absolute path of the data root. */
  readonly root: string;
  /** Whether the runtime exports metrics. */
  readonly metrics: boolean;
  /** Address at which health is served; none if absent. */
  readonly health?: { readonly host: string; readonly port: number };
}

/** The parts of a worker process that are watched, once they are there. */
export interface WatchedWorker {
  readonly workers: readonly Worker[];
  readonly client: Client;
  readonly queues: readonly WatchedQueue[];
}

/** Health and metrics of a worker process; it exists only where one of them is asked for. */
export class WorkerWatch {
  readonly #root: string;
  readonly #metrics: Metrics | null;
  readonly #work: WorkMetrics | null;
  readonly #health: BackgroundServer | null;
  #watched: WatchedWorker | null = null;
  #interval: ReturnType<typeof setInterval> | undefined;

  /** Serves the health from now on: a worker lives before it is ready. */
  constructor({ root, metrics, health }: WatchOptions) {
    this.#root = root;
    this.#metrics = metrics ? new Metrics(metricMeter()) : null;
    this.#work = this.#metrics === null ? null : new WorkMetrics(this.#metrics, root, monotonicMs);
    this.#health = health === undefined ? null : serveHealth({
      live: () => this.#fault(),
      ready: () => this.#ready(),
    }, health);
  }

  /** Interceptors of the worker's activities. */
  get interceptors(): readonly ActivityInterceptorsFactory[] {
    return this.#work === null ? [] : [this.#work.interceptors()];
  }

  /** Takes the progress of activities. */
  readonly onProgress: NonNullable<ActivityDependencies["onProgress"]> = (task, progress) =>
    this.#work?.progress(task, progress);

  /** Watches the workers from now on. */
  observe(watched: WatchedWorker): void {
    this.#watched = watched;
    const metrics = this.#metrics;
    if (metrics === null) return;
    const { client, queues } = watched;
    const sample = () => {
      this.#work?.sample();
      // A server that is away is what /readyz says; the last values stand.
      sampleServices(metrics, { client, root: this.#root, queues }).catch(() => {});
    };
    sample();
    this.#interval = setInterval(sample, SAMPLE_INTERVAL_MS);
    Deno.unrefTimer(Number(this.#interval));
  }

  async close(): Promise<void> {
    clearInterval(this.#interval);
    await this.#health?.close();
  }

  #fault(): string | null {
    const failed = this.#watched?.workers.some((worker) => worker.getState() === "FAILED");
    return failed === true ? "a worker failed" : null;
  }

  async #ready(): Promise<Readonly<Record<string, boolean>>> {
    const watched = this.#watched;
    const [server, data] = await Promise.all([
      watched === null ? false : answers(watched.client),
      findDiskFault(this.#root).then((fault) => fault === null),
    ]);
    const workers = watched !== null &&
      watched.workers.every((worker) => worker.getState() === "RUNNING");
    return { workers, server, data };
  }
}

async function answers(client: Client): Promise<boolean> {
  try {
    await client.withDeadline(
      Date.now() + SERVER_PATIENCE_MS,
      () => client.workflowService.getSystemInfo({}),
    );
    return true;
  } catch {
    return false;
  }
}
