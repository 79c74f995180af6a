import { setInterval } from "node:timers";
import { join } from "node:path";
import { type BucketRoot, pushFile } from "../../store/mod.ts";
import { listRunLogs } from "../run/run_log.ts";

/** Interval between two pushes of what was logged meanwhile (ms). */
const PUSH_INTERVAL_MS = 10_000;

/** Pushes the logs of runs to their bucket while a worker writes them, in batches. */
export class LogPusher {
  readonly #bucket: BucketRoot;
  readonly #written = new Set<string>();

  constructor(bucket: BucketRoot) {
    this.#bucket = bucket;
    const timer = setInterval(() => this.push(), PUSH_INTERVAL_MS);
    timer.unref(); // a log keeps no process alive
  }

  /** Notes that something was logged. @param directory Of the run, relative to the data root */
  readonly note = (directory: string): void => {
    this.#written.add(directory);
  };

  /** Pushes what was noted since the last time. A worker that ends does so at its end. */
  async push(): Promise<void> {
    const directories = [...this.#written];
    this.#written.clear();
    for (const directory of directories) {
      for (const file of listRunLogs(join(this.#bucket.root, directory))) {
        // A log that cannot be pushed stops no work; the next lines bring it along.
        await pushFile(this.#bucket, join(directory, file)).catch(() => {});
      }
    }
  }
}
