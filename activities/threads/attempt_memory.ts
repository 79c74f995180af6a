/**
 * Memory of an activity from one attempt to the next, on whatever machine: it is in the details of
 * its heartbeats, which the server keeps, because a worker that dies writes nothing else.
 */

/** Facts about the attempts at an activity. */
export interface AttemptMemory {
  /** Attempts that began to compute and did not tell how they ended: their worker died. */
  readonly deaths: number;
  /** Machines whose store failed. */
  readonly hosts: readonly string[];
  /** Times that a machine handed the activity on because its store had failed. */
  readonly passes: number;
}

/** Memory of an activity that was never attempted. */
export const NO_ATTEMPTS: AttemptMemory = { deaths: 0, hosts: [], passes: 0 };

/** Deaths after which a shard computes beside no other that may have caused them. */
export const SUSPECT_DEATHS = 2;

/** Deaths after which a shard is not attempted again. */
export const MOST_DEATHS = 3;

/** Times that a machine may hand an activity on; after that nobody else seems to take it. */
export const MOST_PASSES = 8;

/** Adds a memory to what a heartbeat tells. */
export function withMemory(details: unknown, memory: AttemptMemory): Record<string, unknown> {
  return { ...(typeof details === "object" ? details : {}), attempts: memory };
}

/** Reads the memory from what the last heartbeat told. */
export function memoryIn(details: unknown): AttemptMemory {
  if (typeof details !== "object" || details === null || !("attempts" in details)) {
    return NO_ATTEMPTS;
  }
  const { attempts } = details;
  if (typeof attempts !== "object" || attempts === null) return NO_ATTEMPTS;
  const deaths = "deaths" in attempts ? Number(attempts.deaths) : NaN;
  const passes = "passes" in attempts ? Number(attempts.passes) : NaN;
  const hosts = "hosts" in attempts && Array.isArray(attempts.hosts) ? attempts.hosts : [];
  return {
    deaths: Number.isSafeInteger(deaths) ? deaths : 0,
    hosts: hosts.filter((host) => typeof host === "string"),
    passes: Number.isSafeInteger(passes) ? passes : 0,
  };
}

/**
 * Returns the machines that may have better luck with an activity than this one, whose store has
 * failed.
 *
 * @param hosts Machines with workers
 */
export function otherHosts(
  { hosts: failed }: Pick<AttemptMemory, "hosts">,
  host: string,
  hosts: readonly string[],
): readonly string[] {
  return hosts.filter((other) => other !== host && !failed.includes(other));
}

/** Lets one of several into a room at a time. */
export class Turnstile {
  #last: Promise<void> = Promise.resolve();

  /** Waits for its turn. @returns What ends it */
  async enter(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = before.then(() => promise);
    await before;
    return resolve;
  }
}
