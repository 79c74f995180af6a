import { getExternalWorkflowHandle } from "@temporalio/workflow";
import { reportSignal } from "./messages.ts";
import { SignalOrder } from "./signal_order.ts";
import type { StageProgress } from "./types.ts";

/** The reports of a stage to its pipeline, in their order. The work does not wait for them. */
export class ProgressReports {
  readonly #order = new SignalOrder();
  readonly #parent: string;

  /** @param parent Id of the pipeline's workflow */
  constructor(parent: string) {
    this.#parent = parent;
  }

  /** Settles when the pipeline has what was told: what has not left when a workflow ends never does. */
  get sent(): Promise<void> {
    return this.#order.sent;
  }

  /** Tells the pipeline; one that has ended needs to know nothing more. */
  tell(progress: StageProgress): void {
    const parent = getExternalWorkflowHandle(this.#parent);
    this.#order.send(() => parent.signal(reportSignal, progress)).catch(() => {});
  }
}
