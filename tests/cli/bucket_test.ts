import assert from "node:assert/strict";
import { join } from "node:path";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { S3Blobs } from "../../store/blobs/s3_blobs.ts";
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
      // A run that has not ended names nothing that it stored.
      const blobs = new S3Blobs({ bucket: "robots", prefix: "team" }, moto.settings);
      const shard = `stages/${await stageOf(moto, "generate")}/shards/000001.zip`;
      const sound = (await blobs.get(shard))!;
      await blobs.put(shard, sound.with(0, 0));
      const damaged = await local.run("verify", ["small/1"], { env: machine("g") });
      assert.match(damaged.stdout, new RegExp(`^damaged: s3://robots/team/${shard}/?`, "m"));
      assert.equal(damaged.code, 1);
      await blobs.put(shard, sound);
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

    await t.step("is read by commands of a machine that has none of it", async () => {
      const env = machine("e");
      const run = async (...[task, ...args]: Parameters<typeof local.expect>) => {
        const { code, stdout, stderr } = await local.run(task, args, { env });
        assert.equal(code, 0, `${task}: ${stderr}`);
        return stdout;
      };
      assert.equal(JSON.parse(await run("runs", "--json")).length, 3);
      assert.match(await run("episodes", "small"), /^ +7 .* train /m);
      assert.match(await run("logs", "small/1"), /generate/);
      assert.match(await run("verify", "small/2"), /no damage found/);
      assert.match(await run("replay", "small/2", "--json"), /"equal":true/);
      await run("report", "small/2");
      const output = join(local.path, "out.h5");
      await run("export", "small/2", "--to", "hdf5", "--output", output);
      assert.ok((await Deno.stat(output)).size > 0);
      assert.match(await run("pipeline", file, "--plan"), /cached/);
    });

    await t.step("is verified, cleaned and deleted in the bucket itself", async () => {
      const env = machine("f");
      const blobs = new S3Blobs({ bucket: "robots", prefix: "team" }, moto.settings);
      const merge = `stages/${await stageOf(moto, "merge")}`;
      const generate = `stages/${await stageOf(moto, "generate")}`;
      const keys = [`${merge}/zarr.json`, `${merge}/commit.json`, `${generate}/shards/000001.zip`];
      const sound = new Map<string, Uint8Array>();
      for (const key of keys) {
        const bytes = (await blobs.get(key))!;
        sound.set(key, bytes);
        await blobs.put(key, bytes.with(0, 0));
      }
      const damaged = await local.run("verify", ["small/2"], { env });
      assert.equal(damaged.code, 1);
      const damagedAt = (key: string) => new RegExp(`^damaged: s3://robots/team/${key}.*: .*`, "m");
      assert.match(damaged.stdout, damagedAt(keys[1]!));
      assert.match(damaged.stdout, damagedAt(keys[2]!)); // not only what is found first
      assert.doesNotMatch(damaged.stdout, /verify-/); // the copy is gone by now
      await blobs.put(keys[1]!, sound.get(keys[1]!)!);
      assert.match(
        (await local.run("verify", ["small/2"], { env })).stdout,
        damagedAt(keys[0]!),
      );
      for (const [key, bytes] of sound) await blobs.put(key, bytes);
      assert.equal((await local.run("verify", ["small/2"], { env })).code, 0);
      await local.run("delete", ["small/1", "--yes"], { env });
      const { stdout } = await local.run("clean", ["--keep-last", "0", "--json"], { env });
      assert.ok(JSON.parse(stdout).removed.length >= 7);
      const left = await Array.fromAsync(blobs.list(""));
      assert.deepEqual(left.map(({ key }) => key), ["root.json"]);
    });

    await t.step("is refused where the bucket is not there", async () => {
      const env = machine("d", "s3://nowhere/team");
      const { code, stderr } = await local.run("pipeline", [file], { env });
      assert.equal(code, 2);
      assert.match(stderr, /expected a bucket, found none of that name: create it/);
    });
  },
});

/** Name of the directory of a stage in the bucket. */
async function stageOf({ settings }: S3Server, kind: string): Promise<string> {
  const blobs = new S3Blobs({ bucket: "robots", prefix: "team" }, settings);
  for await (const { key } of blobs.list(`stages/${kind}-`)) return key.split("/")[1]!;
  throw new Error(`no stage of kind ${kind}`);
}

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
