import { TextLineStream } from "@std/streams";

/** A peer that answers each number of steps with its steps per second. */
export interface PeerProcess extends AsyncDisposable {
  measure(steps: number): Promise<number>;
}

/** Starts a Python program of `bench/peers`, which stays until it is disposed of. */
export function startPeer(
  python: string,
  script: string,
  args: readonly (string | number)[] = [],
): PeerProcess {
  const file = decodeURIComponent(new URL(`peers/${script}`, import.meta.url).pathname);
  const command = new Deno.Command(python, {
    args: [file, ...args.map(String)],
    stdin: "piped",
    stdout: "piped",
  });
  const process = command.spawn();
  const writer = process.stdin.getWriter();
  const lines = process.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream())[Symbol.asyncIterator]();
  return {
    async measure(steps) {
      await writer.write(new TextEncoder().encode(`${steps}\n`));
      const { value } = await lines.next();
      if (value === undefined) {
        throw new Error(`Cannot measure ${script}: it ended, see its stderr`);
      }
      return Number(value);
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await process.status;
    },
  };
}
