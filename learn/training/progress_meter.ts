import { monotonicMs } from "../../core/monotonic.ts";
import { setImmediate } from "node:timers";
import type { OptimizerSettings } from "./optimizer.ts";
import type { RunningState } from "./running_state.ts";
import type { TrainingProgress } from "./training_state.ts";

/** Time that the event loop may wait, so that a message to stop is seen (ms). */
const YIELD_MILLISECONDS = 50;
const REPORT_MILLISECONDS = 250;

/**
 * Reports the progress of a training, and lets the event loop have its turn. It affects no result.
 */
export class ProgressMeter {
  readonly #steps: number;
  readonly #onProgress: ((progress: TrainingProgress) => void) | undefined;
  readonly #firstStep: number;
  readonly #started = monotonicMs();
  #yielded = this.#started;
  #reported = this.#started;
  #step: number;
  #reportedStep: number;
  #loss = 0;

  /**
   * @param steps Steps that the training has
   * @param step Steps done before this call
   */
  constructor(steps: number, step: number, onProgress?: (progress: TrainingProgress) => void) {
    this.#steps = steps;
    this.#onProgress = onProgress;
    this.#firstStep = this.#step = this.#reportedStep = step;
  }

  /** Counts a step. */
  add(loss: number): void {
    this.#step++;
    this.#loss += loss;
  }

  /** Steps per second since the start. */
  get stepsPerSecond(): number {
    return (this.#step - this.#firstStep) / (monotonicMs() - this.#started) * 1000;
  }

  /** Reports if it is time to, and returns a promise to wait for if the event loop is due. */
  tick(state: RunningState, optimizer: OptimizerSettings): Promise<void> | undefined {
    const now = monotonicMs();
    if (now - this.#yielded < YIELD_MILLISECONDS) return undefined;
    if (now - this.#reported >= REPORT_MILLISECONDS) this.report(state, optimizer);
    return new Promise((resolve) =>
      setImmediate(() => {
        this.#yielded = monotonicMs();
        resolve();
      })
    );
  }

  /** Reports the steps since the report before, if there are any. */
  report(state: RunningState, optimizer: OptimizerSettings): void {
    const steps = this.#step - this.#reportedStep;
    if (steps === 0) return;
    const now = monotonicMs();
    this.#onProgress?.({
      step: this.#step,
      steps: this.#steps,
      loss: this.#loss / steps,
      validationLoss: state.validationLoss,
      learningRate: optimizer.learningRate(this.#step - 1),
      stepsPerSecond: steps / (now - this.#reported) * 1000,
    });
    this.#loss = 0;
    this.#reported = now;
    this.#reportedStep = this.#step;
  }
}
