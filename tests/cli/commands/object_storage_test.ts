import assert from "node:assert/strict";
import { MemoryS3 } from "../../store/blobs/_memory_s3.ts";
import { TaskDirectory } from "../_task_directory.ts";
import { join } from "node:path";
import { mergeDatasets, readCommit } from "../../../store/mod.ts";
import { writeChain } from "../../store/_episodes.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "canary-key", AWS_SECRET_ACCESS_KEY: "canary-secret" };

Deno.test("export and verify reach a bucket, and say what is wrong in one line", async () => {
  await using directory = new TaskDirectory();
  await using store = await MemoryS3.start();
  const { generate } = await writeChain(directory.path);
  const input = { name: "g", directory: generate, verdicts: null, lastShard: 2, limit: 20 };
  const split = { train: 0.8, validation: 0.1, test: 0.1 }, dataset = join(directory.path, "merge");
  await mergeDatasets(dataset, [input], { seed: 1, stream: "merge", split });
  const { digest } = (await readCommit(dataset))!;
  const env = { ...KEYS, AWS_ENDPOINT_URL_S3: store.settings.endpoint! };
  const place = "s3://robots/team/reach", publish = ["--to", "zarr", "--output", place];

  const done = await directory.run("export", [dataset, ...publish, "--json"], { env });
  assert.equal(done.code, 0, done.stderr);
  const { path, format, digest: published } = JSON.parse(done.stdout);
  assert.deepEqual([path, format, published], [place, "zarr", digest]);
  const again = await directory.run("export", [dataset, ...publish], { env });
  assert.match(again.stdout, /^s3:\/\/robots\/team\/reach {2}.*, there already$/m);
  const whole = await directory.run("verify", [place], { env });
  assert.deepEqual([whole.code, /no damage found/.test(whole.stdout)], [0, true], whole.stderr);
  for (const target of [dataset, place, join(generate, "shards/000001.zip")]) {
    const { stdout, stderr } = await directory.run("verify", [target, "--sha256sums"], { env });
    const commit = await readCommit(target === place ? dataset : target.replace(/\.zip$/, ""));
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(stdout));
    assert.equal(new Uint8Array(hash).toHex(), commit!.digest, stderr);
  }
  store.objects.get("team/reach/zarr.json")![0]! ^= 1;
  const damaged = await directory.run("verify", [place], { env });
  assert.equal(damaged.code, 1);
  assert.match(
    damaged.stdout,
    /^damaged: s3:\/\/robots\/team\/reach\/zarr\.json: file .*: remove what/m,
  );

  const faults: readonly (readonly [readonly string[], Record<string, string>, number, RegExp])[] =
    [
      [
        ["--to", "hdf5", "--output", place],
        env,
        2,
        /expected --to zarr and the whole dataset, found --to hdf5/,
      ],
      [[...publish, "--split", "test"], env, 2, /found --split test: export to a file/],
      [
        ["--to", "zarr", "--output", "s3://Robots/x"],
        env,
        2,
        /found bucket "Robots": correct the name/,
      ],
      [
        publish,
        { ...env, AWS_SECRET_ACCESS_KEY: "", AWS_SHARED_CREDENTIALS_FILE: "/nowhere" },
        2,
        /expected credentials, found none: set/,
      ],
      [
        publish,
        { ...KEYS, AWS_ENDPOINT_URL_S3: "http://store.lab" },
        2,
        /say --insecure-store where/,
      ],
    ];
  for (const [flags, variables, status, message] of faults) {
    const { code, stdout, stderr } = await directory.run("export", [dataset, ...flags], {
      env: variables,
    });
    assert.deepEqual([code, stdout], [status, ""], stderr);
    assert.match(stderr, message);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
  for (const { stdout, stderr } of [done, again, whole, damaged]) {
    assert(!`${stdout}${stderr}`.includes("canary"));
  }
});
