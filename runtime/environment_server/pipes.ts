import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { monotonicMs } from "../../core/monotonic.ts";

/** Bytes from and to another process, one call at a time; both block. */
export interface Pipes {
  /** Reads what there is, at least a byte. @returns Number of bytes; 0 where the other side is gone */
  read(target: Uint8Array): number;
  /** Writes bytes. @returns Number of those that were written */
  write(bytes: Uint8Array): number;
}

/** Opens two inherited descriptors, one to read from and one to write to. */
export function openBlockingPipes(input: number, output: number): Pipes {
  const reader = openInherited(input, "r"), writer = openInherited(output, "w");
  return {
    read: (target) => readSync(reader, target),
    write: (bytes) => writeSync(writer, bytes),
  };
}

/**
 * A descriptor of this process opened by its name, which Deno's files need.
 *
 * A pipe whose other end is closed would be waited for: it is opened both ways first, which waits
 * for nothing on Linux, so that its own way finds an end. On macOS the name only duplicates it.
 */
function openInherited(descriptor: number, flags: "r" | "w"): number {
  const name = `/dev/fd/${descriptor}`;
  if (Deno.build.os !== "linux") return openSync(name, flags);
  const both = openSync(name, "r+");
  const opened = openSync(name, flags);
  closeSync(both);
  return opened;
}

/** Time for which a request is waited for awake (ms). */
const AWAKE_MS = 0.15;

const SYSTEM = {
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
} as const satisfies Record<string, Deno.ForeignFunction>;

/** Events of `poll`: something to read; the descriptor is none. */
const POLLIN = 1, POLLNVAL = 32;

/**
 * Opens two inherited descriptors, the first of which does not block, by the system's own calls.
 *
 * A request that follows the last answer at once is waited for awake, as long as requests do: to be
 * woken up takes as long as a step of a world.
 *
 * @param library Path of the system's C library
 * @returns Null where it cannot be used
 */
export function openAwakePipes(library: string, input: number, output: number): Pipes | null {
  let system: Deno.DynamicLibrary<typeof SYSTEM>["symbols"];
  try {
    system = Deno.dlopen(library, SYSTEM).symbols;
  } catch {
    return null;
  }
  // struct pollfd: a descriptor, two bytes of events, two of what was found.
  const waited = Int32Array.of(input, POLLIN), bytes = new Uint8Array(waited.buffer);
  let isAwake = true;
  return {
    read(target) {
      const start = monotonicMs(), room = BigInt(target.length);
      if (isAwake) {
        do {
          const read = system.read(input, target, room);
          if (read >= 0) return read;
        } while (monotonicMs() - start < AWAKE_MS);
      }
      for (;;) {
        system.poll(bytes, 1n, -1);
        if ((waited[1]! >> 16 & POLLNVAL) !== 0) return 0;
        const read = system.read(input, target, room);
        if (read < 0) continue; // a signal came, say
        isAwake = monotonicMs() - start < AWAKE_MS;
        return read;
      }
    },
    write(bytes) {
      const written = system.write(output, bytes, BigInt(bytes.length));
      if (written >= 0) return written;
      throw new Deno.errors.BrokenPipe("Cannot answer: the other side is gone");
    },
  };
}
