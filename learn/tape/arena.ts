/** Addresses are multiples of a cache line, so that no vector load crosses one. */
const LINE_BYTES = 64;

/**
 * Hands out addresses of a memory that is made once all of them are known.
 *
 * A graph is laid out first and instantiated after: nothing is ever freed or moved.
 */
export class Arena {
  #bytes: number;

  /** @param first First address; 0 means "none" to the kernels */
  constructor(first: number = LINE_BYTES) {
    this.#bytes = first;
  }

  /** The address of `floats` zeroed float32 numbers. */
  allocate(floats: number): number {
    const address = this.#bytes;
    this.#bytes += Math.ceil(floats * 4 / LINE_BYTES) * LINE_BYTES;
    return address;
  }

  /** Bytes that the memory must have. */
  get bytes(): number {
    return this.#bytes;
  }
}

/** Rounds a number of columns up to what the kernels work in. */
export function padTo8(count: number): number {
  return Math.ceil(count / 8) * 8;
}

/** Rounds a number of rows up to what the kernels work in. */
export function padTo4(count: number): number {
  return Math.ceil(count / 4) * 4;
}
