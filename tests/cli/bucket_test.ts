import assert from "node:assert/strict";
import { join } from "node:path";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { S3Server } from "../store/blobs/_s3_server.ts";
import { digestsOf, kill, resultOf, summaryOf, TaskDirectory } from "./_task_directory.ts";

const SMALL = {
  name: "small",
  seed: 4,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 8, shard: 4 },
    validate: { kind: "validate", from: "generate" },
    merge: { kind: "merge", from: "validate" },
    train: { kind: "train", from: "merge", steps: 600, checkpointEvery: 50 },
    evaluate: { kind: "evaluate", from: "train", episodes: 2 },
  },
};

const { python, reason } = await pythonEnvironment("s3");

Deno.test({
  name: `a data directory in a bucket${reason === null ? "" : ` (skipped: ${reason})`}`,
  ignore: python === null,
  async fn(t) {
    await using moto = await S3Server.startMoto(python!);
    await moto.createBucket("robots");
    await using local = new TaskDirectory();
    const file = local.write("small.json", SMALL);
    const digests = digestsOf(await local.complete(file));
    const machine = (name: string, home = "s3://robots/team") => ({
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing-secret",
      AWS_ENDPOINT_URL_S3: moto.settings.endpoint!,
      SLUICE_HOME: home,
      SLUICE_CACHE: join(local.path, name),
    });

    await t.step("goes on where another machine was killed, to the same digests", async () => {
      const task = local.start("pipeline", [file], { env: machine("a") });
      await untilCheckpoint(join(local.path, "a"));
      kill(task.pid);
      await resultOf(task);
      // What the killed command had started ends with it.
      const summary = summaryOf(
        await local.run("pipeline", [file, "--json"], { env: machine("b") }),
      );
      assert.deepEqual(digestsOf(summary), digests);
      assert.equal(summary.stages["merge"]!.cached, true);
      assert.ok(summary.stages["train"]!.resumedFrom! >= 50);
    });

    await t.step("has all of it for a machine that has none", async () => {
      const { stages } = summaryOf(
        await local.run("pipeline", [file, "--json"], { env: machine("c") }),
      );
      assert.ok(Object.values(stages).every(({ cached }) => cached));
    });

    await t.step("is refused where the bucket is not there", async () => {
      const env = machine("d", "s3://nowhere/team");
      const { code, stderr } = await local.run("pipeline", [file], { env });
      assert.equal(code, 2);
      assert.match(stderr, /expected a bucket, found none of that name: create it/);
    });
  },
});

/** Waits until a training below a directory has a checkpoint. */
async function untilCheckpoint(directory: string): Promise<void> {
  for (;;) {
    const found = await new Deno.Command("find", {
      args: [directory, "-path", "*/checkpoints/*/commit.json"],
      stderr: "null",
    }).output();
    if (found.stdout.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
