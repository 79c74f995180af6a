import * as fs from "node:fs";
import type { File } from "h5wasm";
import { messageOf } from "../../core/errors.ts";

/**
 * HDF5 files of others, read where they can reach nothing else: an HDF5 file may name other files
 * (external links, external storage, virtual datasets), and the library would open them. Here it
 * runs with a file system of its own, in which the one file is all there is.
 */

/** Signature of an HDF5 file, and its possible offsets: a user block may precede it. */
const SIGNATURE = "\x89HDF\r\n\x1a\n", PLACES = [0, 512, 1024, 2048];

/** Number of the next file, whose name in the sandbox it is. */
let opened = 0;

/** Whether a file looks like HDF5. Reads a few bytes; never throws. */
export function isHdf5(path: string): boolean {
  try {
    if (!fs.statSync(path).isFile()) return false;
    const descriptor = fs.openSync(path, "r"), block = new Uint8Array(SIGNATURE.length);
    try {
      return PLACES.some((place) => {
        fs.readSync(descriptor, block, 0, block.length, place);
        return String.fromCharCode(...block) === SIGNATURE;
      });
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    return false;
  }
}

/** An open file; it is closed by `using`. */
export interface SandboxedFile extends Disposable {
  readonly file: File;
  /** Bytes of the file. */
  readonly size: number;
}

/** Node of a file in Emscripten's file system. */
interface FileNode {
  usedBytes: number;
  node_ops: { getattr(node: FileNode): object };
  stream_ops: object;
}

/**
 * Opens a file for reading. Faults of the library are thrown from here on.
 *
 * @throws {Error} If it is no HDF5 file, or a damaged one
 */
export async function openSandboxed(path: string): Promise<SandboxedFile> {
  const { File, ready } = await import("h5wasm"); // 4 MB, which few processes need
  const library = await ready, system = library.FS;
  library.activate_throwing_error_handler();
  const descriptor = fs.openSync(path, "r"), { size } = fs.fstatSync(descriptor);
  const name = `/${opened++}.h5`;
  const release = () => {
    system.unlink(name);
    fs.closeSync(descriptor);
  };
  system.writeFile(name, new Uint8Array(0));
  try {
    // The types know neither of the two, which Emscripten's own lazy files replace likewise.
    const { node } = system.lookupPath(name, {}) as unknown as { node: FileNode };
    const { getattr } = node.node_ops;
    node.node_ops = { ...node.node_ops, getattr: (of) => ({ ...getattr(of), size }) };
    node.stream_ops = streamOf(descriptor, size);
    node.usedBytes = size;
    const file = new File(name, "r");
    return {
      file,
      size,
      [Symbol.dispose]() {
        try {
          file.close();
        } finally {
          release();
        }
      },
    };
  } catch (error) {
    release();
    throw new Error(firstReason(error), { cause: error });
  }
}

/** Makes the stream by which the library reads the one file: never a byte beyond its end. */
function streamOf(descriptor: number, size: number): object {
  return {
    llseek(stream: { position: number }, offset: number, whence: 0 | 1 | 2): number {
      return offset + (whence === 0 ? 0 : whence === 1 ? stream.position : size);
    },
    read(_: unknown, heap: Uint8Array, offset: number, length: number, position: number): number {
      const count = Math.max(0, Math.min(length, size - position));
      return count === 0 ? 0 : fs.readSync(
        descriptor,
        new Uint8Array(heap.buffer, heap.byteOffset + offset, count),
        { position },
      );
    },
  };
}

/**
 * Extracts the library's message of a fault without its trace through C: the innermost line that
 * says more than that something failed.
 */
export function firstReason(error: unknown): string {
  const message = messageOf(error);
  const lines = [...message.matchAll(/^\s*#\d+: .* in \w+\(\): (.*)$/gm)].map(([, line]) => line!);
  return lines.at(-1) ?? message.split("\n")[0]!;
}
