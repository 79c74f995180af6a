import { Worker } from "node:worker_threads";
import type { JsonValue } from "../../core/canonical.ts";
import type { Arithmetic } from "../../core/episode.ts";
import { type KernelPreference, preferredKernels } from "../kernels/choice.ts";
import type { Membership } from "./microbatches.ts";
import type { StepBoard, StepPhase } from "./step_phases.ts";

/**
 * Data that a thread needs to take part, and to record the tapes of {@linkcode recordMicrobatches}.
 */
export interface MicrobatchThreadData extends Membership {
  /** Name of a model that comes with Sluice. */
  readonly model: string;
  readonly config: JsonValue;
  readonly batch: number;
  readonly arithmetic: Arithmetic;
  /** Kernels of the leading thread. */
  readonly kernels: KernelPreference;
  /** Shared memory of the training. */
  readonly memory: WebAssembly.Memory;
  readonly board: StepBoard;
  /** Shared; see {@linkcode CONTROL}. */
  readonly control: Int32Array;
}

/**
 * Indices of the words in `MicrobatchThreadData.control`: phases started, the current one, threads
 * still at work.
 */
export const CONTROL = { turn: 0, phase: 1, pending: 2 } as const;

/** Phases by their number in `control`. */
export const PHASES = [
  "microbatches",
  "gradients",
  "weights",
] as const satisfies readonly StepPhase[];

/** Time after which the threads of a phase count as lost (ms). */
const PHASE_MILLISECONDS = 600_000;

/**
 * Looks at a word before a thread sleeps, some tens of microseconds: to be woken takes as long, and
 * two of a step's three phases are hardly longer.
 */
const LOOKS = 4000;

/** Waits until a word of `control` is no longer `value`. @returns Whether it came to that */
export function awaitChange(control: Int32Array, word: number, value: number): boolean {
  for (let look = 0; look < LOOKS; look++) {
    if (Atomics.load(control, word) !== value) return true;
  }
  return Atomics.wait(control, word, value, PHASE_MILLISECONDS) !== "timed-out";
}

/**
 * Team of threads that do parts of every step, in addition to the leading one. They share its
 * memory, and no two write the same part, so their number changes no bit.
 */
export class MicrobatchTeam {
  /** Threads, with the one that leads. */
  readonly threads: number;
  readonly #control: Int32Array;
  readonly #workers: readonly Worker[];

  private constructor(threads: number, control: Int32Array, workers: readonly Worker[]) {
    this.threads = threads;
    this.#control = control;
    this.#workers = workers;
  }

  /** Starts `threads` − 1 threads and waits until they are ready. */
  static async start(
    training: Omit<MicrobatchThreadData, "control" | "member" | "kernels">,
  ): Promise<MicrobatchTeam> {
    const { threads } = training;
    const control = new Int32Array(new SharedArrayBuffer(4 * Object.keys(CONTROL).length));
    const workers = Array.from({ length: threads - 1 }, (_, i) => {
      const workerData: MicrobatchThreadData = {
        ...training,
        kernels: preferredKernels(),
        control,
        member: i + 1,
      };
      return new Worker(new URL("./microbatch_thread.ts", import.meta.url), { workerData });
    });
    await Promise.all(workers.map((worker) =>
      new Promise<void>((resolve, reject) => {
        worker.once("message", () => resolve());
        worker.once("error", reject);
      })
    ));
    return new MicrobatchTeam(threads, control, workers);
  }

  /**
   * Runs a phase in all threads and waits for its end.
   *
   * @param own The part of this thread
   */
  run(phase: StepPhase, own: () => void): void {
    const control = this.#control;
    Atomics.store(control, CONTROL.phase, PHASES.indexOf(phase));
    Atomics.store(control, CONTROL.pending, this.threads - 1);
    Atomics.add(control, CONTROL.turn, 1);
    Atomics.notify(control, CONTROL.turn);
    own();
    for (let pending; (pending = Atomics.load(control, CONTROL.pending)) > 0;) {
      if (awaitChange(control, CONTROL.pending, pending)) continue;
      throw new Error("Cannot go on training: a thread that computes microbatches is lost");
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
