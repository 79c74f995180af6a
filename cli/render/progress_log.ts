import type { PipelinePlan } from "../../pipelines/plan.ts";
import type { ProgressView } from "../../runtime/run/progress.ts";
import { JSON_LINES, LogDisplay } from "./progress_display.ts";
import { appendToRunLog } from "../../runtime/run/run_log.ts";

/** The lines of `--log-json`, in the logs of the run. */
export class ProgressLog {
  readonly #root: string;
  readonly #display: LogDisplay;
  /** Lines written before the run had a directory. */
  #lines: string[] = [];
  #directory: string | null = null;

  /** @param root Absolute path of the data root */
  constructor(root: string, plan: PipelinePlan) {
    this.#root = root;
    this.#display = new LogDisplay(plan, JSON_LINES, (line) => this.#append(line));
  }

  update(view: ProgressView): void {
    this.#directory ??= view.run?.directory ?? null;
    this.#display.update(view);
  }

  note(text: string): void {
    this.#display.note(text);
  }

  #append(line: string): void {
    this.#lines.push(line);
    if (this.#directory === null) return;
    appendToRunLog(
      this.#root,
      { directory: this.#directory, writer: "progress" },
      this.#lines.splice(0),
    );
  }
}
