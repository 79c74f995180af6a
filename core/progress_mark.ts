/**
 * Marks of progress that a computing thread sets and another reads while the first computes: a
 * thread that loops forever sends no message, and nothing else tells it from one that works.
 */

/** Counter of this thread; null in threads whose marks nobody reads. */
let counter: Int32Array<SharedArrayBuffer> | null = null;

/** Chooses where this thread counts its marks. */
export function countMarks(shared: SharedArrayBuffer): void {
  counter = new Int32Array(shared);
}

/** Marks that the operation of this thread goes on: at each step of a simulation, for example. */
export function markProgress(): void {
  if (counter !== null) Atomics.add(counter, 0, 1);
}

/** Makes a place for marks. */
export function createMarks(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

/** Returns how many marks were set, modulo 2³². */
export function readMarks(shared: SharedArrayBuffer): number {
  return Atomics.load(new Int32Array(shared), 0);
}
