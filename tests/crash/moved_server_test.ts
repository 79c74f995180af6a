import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { resultOf, TaskDirectory } from "../cli/_task_directory.ts";

const SMALL = {
  name: "small",
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 96, shard: 4 },
    validate: { kind: "validate", from: "generate" },
    merge: { kind: "merge", from: "validate" },
  },
};

/** Listens where a process that is ending still does. */
async function takePort(port: number): Promise<Deno.Listener> {
  for (;;) {
    try {
      return Deno.listen({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

Deno.test("a run whose server died and lost its port ends with a message, and goes on at the next port", async () => {
  await using directory = new TaskDirectory();
  const file = directory.write("small.json", SMALL);
  const command = directory.start("pipeline", [file, "--json"]);
  const ended = resultOf(command);
  const runs = join(directory.root, "runs"); // made by the first task of the run
  while (!existsSync(runs)) await new Promise((resolve) => setTimeout(resolve, 20));
  const state = join(directory.root, "temporal/server.json");
  const { pid, port } = JSON.parse(readFileSync(state, "utf8"));
  command.kill("SIGSTOP"); // else it is a race who takes the port
  Deno.kill(pid, "SIGKILL");
  using _listener = await takePort(port);
  command.kill("SIGCONT");
  const { code, stdout, stderr } = await ended;
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(
    stderr,
    new RegExp(`expected it at 127\\.0\\.0\\.1:${port}, found it at .*: run the command again`),
  );
  assert.deepEqual(directory.processes(), []);
  assert.equal((await directory.complete(file)).status, "completed");
});
