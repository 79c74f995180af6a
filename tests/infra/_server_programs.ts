import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

/**
 * A port of loopback that nothing listens on.
 *
 * @param from First port that is tried, for ports of a range
 * @default any port
 */
export function freePort(from = 0): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.on("error", () => resolve(freePort(from + 1))); // it is taken
    server.listen(from, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo; // it listens on a port
      server.close(() => resolve(port));
    });
  });
}

/** Waits until something holds. @throws {Error} If it does not within a minute and a half */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 90_000;
  while (!await holds()) {
    if (performance.now() > end) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Whether something listens on a port of loopback. */
export async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** Runs a program that must succeed. @throws {Error} With what it wrote if it fails */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: Pick<Deno.CommandOptions, "uid" | "gid" | "env" | "cwd"> = {},
): Promise<string> {
  const ended = await new Deno.Command(command, { args: [...args], stdin: "null", ...options })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (ended.success) return text(ended.stdout);
  const said = text(ended.stderr) || text(ended.stdout);
  throw new Error(`${command} ${args.join(" ")} failed: ${said.split("\n").slice(-3).join("; ")}`);
}
