const PAGE_BYTES = 65_536;

let created = 0;

/** A zeroed memory that never grows, so that views of it stay valid, and that threads may share. */
export function createMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  created += pages * PAGE_BYTES;
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** Returns the size of all memories that this thread has created, freed ones included (bytes). */
export function createdBytes(): number {
  return created;
}
