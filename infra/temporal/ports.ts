import { createServer } from "node:net";

/** How many ports above the first are tried. */
const TRIES = 100;

/**
 * The first port from `first` on that nothing listens on, on loopback.
 *
 * @throws {RangeError} If none of a hundred is free
 */
export async function findFreePort(first: number): Promise<number> {
  for (let port = first; port < first + TRIES; port++) {
    if (await isFree(port)) return port;
  }
  throw new RangeError(`Cannot find a free port: expected one in ${first} … ${first + TRIES - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
