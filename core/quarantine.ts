/** A shard that a chain goes on without, because the workers that computed it died. */
export interface QuarantinedShard {
  /** Number of the shard, from 0. */
  readonly shard: number;
  /** Kind of the stage that could not compute it: the stages behind it then have none either. */
  readonly kind: string;
  /** What happened, e.g. `3 workers died of it`. */
  readonly reason: string;
}

/** Count of the shards that a commit goes without; absent where there are none. */
export const QUARANTINED = "quarantined" as const;
