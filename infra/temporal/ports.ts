import { accessSync, constants } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { makePrivateDirectory } from "../private_file.ts";
import { withLock } from "./lock.ts";

/** Number of ports above the first to try. */
const TRIES = 100;

/** Address to which only this machine can connect. */
export const LOOPBACK = "127.0.0.1";

/**
 * The first port from `first` on that nothing listens on.
 *
 * @param host Address to listen on
 * @throws {RangeError} If none of a hundred is free
 */
export async function findFreePort(first: number, host = LOOPBACK): Promise<number> {
  for (let port = first; port < first + TRIES; port++) {
    if (await isFree({ host, port })) return port;
  }
  throw new RangeError(`Cannot find a free port: expected one in ${first} … ${first + TRIES - 1}`);
}

/** A place to listen on or to connect to. */
interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Whether this process could listen there. */
export function isFree({ host, port }: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** Whether something listens there. */
export function answers({ host, port }: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}

/**
 * Chooses ports and starts what listens there, one program of this user at a time: two must not
 * choose the same. Nobody else can replace the locked file. If no folder can be written, or a
 * program dies before what it started listens, two may choose the same all the same, and the one
 * that comes late chooses again.
 *
 * @param folders Absolute paths of the user's cache, which all share, and of those to use instead
 * if it cannot be written
 */
export async function withPortsLock<Result>(
  folders: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  for (const folder of folders) {
    const locks = join(folder, "locks");
    try {
      makePrivateDirectory(locks);
      accessSync(locks, constants.W_OK);
    } catch {
      continue;
    }
    return await withLock(join(locks, "ports.lock"), work);
  }
  return await work();
}
