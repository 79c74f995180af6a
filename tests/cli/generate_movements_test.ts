import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TaskDirectory } from "./_task_directory.ts";

/** `deno task generate push-t --policy dmp`: options, defaults and files of `generate_random_dmp_dataset.py`. */

Deno.test("deno task generate push-t --policy dmp", async (t) => {
  await using directory = new TaskDirectory();
  const samples = join(directory.path, "new/samples"), videos = join(directory.path, "new/videos");
  const places = ["--output-dir", samples, "--video-dir", videos];
  const dmp = ["push-t", "--policy", "dmp", "--engine", "chipmunk", "--num-samples", "3"];
  const read = () =>
    readdirSync(videos).sort().map((name) => [name, readFileSync(join(videos, name))] as const);

  await t.step("writes samples and videos, and the same bytes where it is run again", async () => {
    const args = [...dmp, ...places, "--video-samples", "2", "--seed", "4", "--scale-forcing"];
    const first = await directory.run("generate", args);
    assert.equal(first.code, 0, first.stderr);
    assert.ok(first.stdout.includes(samples) && first.stdout.includes(videos), first.stdout);
    const index = readFileSync(join(samples, "index.jsonl"), "utf8");
    const lines = index.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ id }) => id), [0, 1, 2]);
    for (const { path, info_path: infoPath, seed, scale_forcing_by_goal_delta: scaled } of lines) {
      assert.ok(existsSync(join(samples, path)) && existsSync(join(samples, infoPath)));
      assert.deepEqual([seed, scaled], [4, true]);
    }
    const files = read();
    assert.deepEqual(
      files.map(([name]) => name),
      ["sample_000.mp4", "sample_001.mp4", "samples_000-001.mp4"],
    );
    for (const [, bytes] of files) assert.equal(bytes.toString("latin1", 4, 8), "ftyp");
    rmSync(videos, { recursive: true });
    const again = await directory.run("generate", args);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(read(), files);
  });

  await t.step("refuses what is wrong with status 2, before anything is made", async () => {
    const occupied = join(directory.path, "occupied"), none = join(directory.path, "none");
    mkdirSync(join(occupied, "something"), { recursive: true });
    const refusals: readonly (readonly [readonly string[], RegExp])[] = [
      [["push-t", "--policy", "dmp", "--num-samples", "-7"], /integer of at least 1, found "-7"/],
      [["push-t", "--policy", "dmp", "--video-samples", "11"], /from 0 to 10, found "11"/],
      [["push-t", "--policy", "dmp", "--engine", "bullet"], /rapier2d or chipmunk, found "bullet"/],
      [
        [...dmp, "--seed", "5", "--output-dir", occupied],
        /empty directory, found a directory with/,
      ],
      [[...dmp, "--seed", "5", "--output-dir", none, "--video-dir", occupied], /found a directory/],
      [["push-t", "--scale-forcing"], /expected push-t with --policy dmp, found push-t with/],
      [["reach", "--video-samples", "3"], /expected push-t with --policy dmp/],
    ];
    // Two at a time: each is a process.
    const queue = [...refusals];
    const work = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [args, message] = next;
        const { code, stderr } = await directory.run("generate", args);
        assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
        assert.match(stderr, message);
      }
    };
    await Promise.all([work(), work()]);
    assert.deepEqual(readdirSync(occupied), ["something"]);
    assert.ok(!existsSync(none));
  });

  await t.step("says its options and their defaults", async () => {
    const { stdout } = await directory.run("generate", ["--help"]);
    const text = stdout.replaceAll(/\s+/g, " ");
    for (
      const help of [
        "--episodes N Episodes in the dataset (default 100; for policy dmp, 128",
        "--seed SEED Seed (default 0)",
        "(default data/random_dmp_npz)",
        "(default videos/random_dmp_samples)",
        "trajectories to render as videos; 0 for none (default 10)",
        "--scale-forcing ",
      ]
    ) assert.ok(text.includes(help), help);
  });
});
