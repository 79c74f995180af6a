import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  CodeChangedError,
  definePipeline,
  InvalidInputError,
  type ProgressView,
  runPipeline,
  type RunSummary,
} from "@sluice/sluice";
import { prepareRun } from "../../runtime/prepare/prepared_run.ts";
import { listWorkers } from "../../runtime/services/worker_registry.ts";
import { stopServices } from "./_services.ts";

const MODULES = ["point_mass.ts", "linear_policy.ts"];

const PUSH = definePipeline({
  name: "push",
  seed: 1,
  stages: {
    generate: {
      kind: "generate",
      environment: "point-mass",
      episodes: 20,
      shard: 10,
      randomize: true,
    },
    validate: { kind: "validate", from: "generate" },
    filter: { kind: "filter", from: "validate", requireSuccess: true },
    merge: { kind: "merge", from: "filter" },
    train: { kind: "train", from: "merge", model: "linear" },
    evaluate: { kind: "evaluate", from: "train", episodes: 20 },
  },
});

/** A copy of the user's modules, which a test may change, and a data directory beside it. */
async function workplace(): Promise<{ root: string; modules: string[] } & AsyncDisposable> {
  const directory = await Deno.makeTempDir({ prefix: "sluice-library-" });
  const root = join(directory, "data");
  for (const name of MODULES) {
    await Deno.copyFile(new URL(name, import.meta.url), join(directory, name));
  }
  return {
    root,
    modules: MODULES.map((name) => join(directory, name)),
    async [Symbol.asyncDispose]() {
      await stopServices(root);
      await Deno.remove(directory, { recursive: true });
    },
  };
}

// One test, because a process registers the user's modules once.
Deno.test("runPipeline()", async (t) => {
  await using place = await workplace();
  const { root, modules } = place;

  await t.step("refuses what is wrong before anything is written", async () => {
    const broken = join(root, "../broken.ts");
    await Deno.writeTextFile(broken, "throw new Error('not today');");
    const refusals: [Parameters<typeof runPipeline>, RegExp][] = [
      [["reach-exprt", { root }], /Cannot find pipeline "reach-exprt".*reach-expert/],
      [["reach-expert", { root, set: { "train.stps": 5 } }], /no parameter "stps".*steps/],
      [["reach-expert", { root, episodes: -1 }], /episodes/],
      [["reach-expert", { root, threads: 0 }], /threads 0/],
      [[PUSH, { root }], /there is no environment "point-mass"/],
      [[PUSH, { root, modules: ["./nowhere.ts"] }], /Cannot load module ".\/nowhere.ts"/],
      [[PUSH, { root, modules: [broken] }], /Cannot load module .*not today/],
      [[PUSH, { root, modules: ["https://example.org/x.ts"] }], /expected a local file/],
    ];
    for (const [args, message] of refusals) {
      await assert.rejects(runPipeline(...args), (error) => {
        assert.ok(error instanceof InvalidInputError);
        assert.match(error.message, message);
        return true;
      });
    }
    const before = AbortSignal.abort(new Error("before"));
    await assert.rejects(runPipeline(PUSH, { root, modules, signal: before }), {
      message: "before",
    });
    assert.equal(existsSync(root), false);
  });

  let first: RunSummary;
  await t.step("runs environments and models of the user's, and finds what is stored", async () => {
    const views: ProgressView[] = [];
    const changes = { episodes: 30, set: { "train.steps": 900 } };
    const options = { root, modules, ...changes, threads: 2, keep: true };
    first = await runPipeline(PUSH, { ...options, onProgress: (view) => views.push(view) });
    assert.equal(first.status, "completed");
    assert.equal(first.stages["merge"]?.counts["total_episodes"], 30);
    assert.equal(first.stages["train"]?.counts["steps"], 900);
    assert.ok(Number(first.stages["evaluate"]?.metrics["success_rate"]) >= 0.9);
    assert.ok(existsSync(join(first.stages["merge"]!.path, "commit.json")));
    assert.equal(views.at(-1)?.stages.length, 6);

    const again = await runPipeline(PUSH, options);
    assert.ok(Object.values(again.stages).every(({ cached }) => cached));
    assert.equal(again.run, 2);
  });

  await t.step("refuses what this process alone has registered", async () => {
    await assert.rejects(runPipeline(PUSH, { root }), {
      name: "InvalidInputError",
      message: /expected the module that registers environment "point-mass"/,
    });
  });

  await t.step("runs anew what a changed module may change", async () => {
    const text = await Deno.readTextFile(modules[0]!);
    // The user forgets to raise codeVersion.
    await Deno.writeTextFile(modules[0]!, text.replace("distance < 0.05", "distance < 0.5"));
    const { plan } = await prepareRun(root, PUSH, { from: "/", modules });
    const keys = (stages: Iterable<{ readonly key: string }>) => [...stages].map(({ key }) => key);
    const stored = keys(Object.values(first.stages));
    assert.ok(keys(plan.stages).every((key) => !stored.includes(key)));
  });

  await t.step("stops in good order, and does not go on with other code", async () => {
    const stop = new AbortController();
    let changed = false;
    const options = { root, modules, set: { "train.steps": 1_000_000_000 } };
    const running = runPipeline(PUSH, {
      ...options,
      signal: stop.signal,
      onProgress({ stages }) {
        const train = stages.find(({ stage }) => stage === "train");
        if (train?.state === "running") stop.abort(new Error("enough"));
      },
    });
    await assert.rejects(running, { message: "enough" });
    // The worker dies and its code is another by then.
    const changing = runPipeline(PUSH, {
      ...options,
      onProgress({ stages }) {
        const train = stages.find(({ stage }) => stage === "train");
        // Not the one that was kept, which has the code of the beginning.
        const worker = listWorkers(root).find(({ parent }) => parent !== null);
        if (train?.state !== "running" || worker === undefined || changed) return;
        changed = true;
        Deno.writeTextFileSync(modules[1]!, "\n// another version\n", { append: true });
        Deno.kill(worker.pid, "SIGKILL");
      },
    });
    await assert.rejects(changing, CodeChangedError);
    const wentOn = new AbortController();
    const again = runPipeline(PUSH, {
      ...options,
      signal: wentOn.signal,
      onProgress: () => wentOn.abort(new Error("it went on")),
    });
    await assert.rejects(again, CodeChangedError);
  });
});
