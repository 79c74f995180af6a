/** A held lock. Dispose of it when the work is committed. */
export interface StageLock extends AsyncDisposable {
  release(): Promise<void>;
}

/**
 * Takes the lock of a stage. The same owner may hold it many times, from threads and processes; a
 * holder whose process is dead, or whose heartbeat is old, does not count.
 *
 * @param owner Id of the workflow that needs the stage
 * @throws {StageBusyError} If another owner holds it, naming the holder
 */
export function acquireLock(_stageDirectory: string, _owner: string): Promise<StageLock> {
  throw new Error("not built yet");
}

/** The owner that holds the lock of a stage, null where none does. */
export function lockOwner(_stageDirectory: string): Promise<string | null> {
  throw new Error("not built yet");
}
