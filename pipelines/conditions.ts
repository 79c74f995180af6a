/** Conditions under which an evaluation may run its episodes, each of them the same ones. */
export const CONDITIONS = ["plain", "noisy", "pushed"] as const;

/** One of {@linkcode CONDITIONS}. */
export type Condition = typeof CONDITIONS[number];
