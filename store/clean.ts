export interface CleanOptions {
  /** Runs of each pipeline to keep; all where absent. */
  readonly keepLast?: number;
  /** Only says what would be removed. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface CleanReport {
  /** Relative to the data root. */
  readonly removed: readonly { readonly path: string; readonly bytes: number }[];
  /** Stages that no kept run names but that are in use, with the owner of the lock. */
  readonly locked: readonly { readonly path: string; readonly owner: string }[];
}

/** Removes old runs, and stages that no kept run names; never one whose lock is held. */
export function cleanStages(_root: string, _options: CleanOptions = {}): Promise<CleanReport> {
  throw new Error("not built yet");
}
