/**
 * The identity by which a Temporal server knows a worker. It ends with the worker's slots, because
 * the server tells who polls a queue and not how much each of them takes.
 */

/** Returns an identity with the number of tasks that the worker takes at a time. */
export function identityWithSlots(identity: string, slots: number): string {
  return `${identity}~${slots}`;
}

/** Returns an identity without the slots that {@linkcode identityWithSlots} added. */
export function identityWithoutSlots(identity: string): string {
  return identity.replace(/~\d+$/, "");
}

/** Returns the host name of a worker's identity: what follows the last @, up to a slash. */
export function hostOf(identity: string): string {
  return identityWithoutSlots(identity).replace(/^.*@/, "").replace(/\/.*$/, "");
}

/** Returns the slots of a worker; one if its identity does not tell. */
export function slotsOf(identity: string): number {
  const [, slots] = /~(\d+)$/.exec(identity) ?? [];
  return slots === undefined ? 1 : Number(slots);
}
