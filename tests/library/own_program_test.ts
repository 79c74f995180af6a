import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { resultOf } from "../cli/_task_directory.ts";
import { stopServices } from "./_services.ts";

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** How long a program may take that ends by itself, in ms; one that does not is ended. */
const PATIENCE_MS = 180_000;

/** A folder with a program in it, and a data directory beside it. */
class OwnProgram implements AsyncDisposable {
  readonly #directory: string;
  readonly root: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.root = join(directory, "data");
  }

  static async write(program: string): Promise<OwnProgram> {
    const directory = await Deno.makeTempDir({ prefix: "sluice-own-program-" });
    await Deno.writeTextFile(join(directory, "main.ts"), program);
    return new OwnProgram(directory);
  }

  /** Runs it to its end, as a user does: status, and what stands in the terminal. */
  async run(): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--config", CONFIG, "main.ts", this.root],
      cwd: this.#directory,
      env: { NO_COLOR: "1" },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    const { code, stdout, stderr } = await resultOf(child);
    clearTimeout(patience);
    return { code, out: stdout, err: stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopServices(this.root);
    await Deno.remove(this.#directory, { recursive: true });
  }
}

/** Asks the page that shows its runs, once to the end and once not, and stops while it trains. */
const STOPPED = `
import { definePipeline, runPipeline } from "@sluice/sluice";

const [root] = Deno.args;
const long = definePipeline({
  name: "long",
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 2, shard: 2 },
    merge: { kind: "merge", from: "generate" },
    train: { kind: "train", from: "merge", steps: 1_000_000_000 },
  },
});
const enough = new AbortController();
let asked: Promise<void> | undefined;

async function askPage(): Promise<void> {
  const { uiPort } = JSON.parse(await Deno.readTextFile(root + "/temporal/server.json"));
  const runs = "http://127.0.0.1:" + uiPort + "/api/v1/namespaces/default/workflows";
  const { status, body } = await fetch(runs);
  await body?.cancel();
  console.log("asked:", status);
  const gone = new AbortController();
  const given = fetch(runs, { signal: gone.signal }).then(({ body }) => body?.cancel());
  gone.abort();
  await given.catch(() => {});
}

try {
  await runPipeline(long, {
    root,
    signal: enough.signal,
    onProgress({ stages }) {
      if (stages.every(({ stage, state }) => stage !== "train" || state !== "running")) return;
      asked ??= askPage().finally(() => enough.abort(new Error("enough")));
    },
  });
} catch (error) {
  console.log("caught:", error.message);
}
console.log("end");
`;

Deno.test("runPipeline() leaves nothing that keeps a program alive, and prints nothing", async () => {
  await using program = await OwnProgram.write(STOPPED);
  assert.deepEqual(await program.run(), {
    code: 0,
    out: "asked: 200\ncaught: enough\nend\n",
    err: "",
  });
});

Deno.test("runPipeline() rejects with its own error where nobody catches it", async () => {
  await using program = await OwnProgram.write(`
import { runPipeline } from "@sluice/sluice";
await runPipeline("reach-expert", { root: Deno.args[0], set: { "train.stps": 5 } });
`);
  const { code, out, err } = await program.run();
  assert.deepEqual({ code, out }, { code: 1, out: "" });
  assert.match(err, /^error: Uncaught \(in promise\) InvalidInputError: Cannot use pipeline/);
  assert.doesNotMatch(err, /RuntimeError|abort/);
});
