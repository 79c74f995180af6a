import assert from "node:assert/strict";
import { definePipeline } from "../../mod.ts";
import { findFreePort } from "../../infra/temporal/ports.ts";
import { wait } from "../../runtime/services/wait.ts";
import { resultOf, summaryOf } from "../cli/_task_directory.ts";
import { TestServer } from "../workflows/_temporal.ts";
import { check, pythonChecker } from "./_checkers.ts";
import { findHindrance, imageContents, ImageTree, readImage } from "./_image.ts";

const PIPELINE = definePipeline({
  name: "contained",
  seed: 3,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 4, shard: 2, maxSteps: 20 },
    merge: { kind: "merge", from: "generate" },
  },
});

const IMAGE = readImage();

const HINDRANCE = await findHindrance();

const HADOLINT = await pythonChecker("hadolint");

Deno.test("the image is a user's without rights, and has the folders that a build digest reads", () => {
  assert.equal(IMAGE.user, "10001:10001");
  assert.deepEqual(IMAGE.entrypoint, ["tini", "--", "deno", "task"]);
  assert.deepEqual(IMAGE.command, ["worker"]);
  assert.equal(IMAGE.environment["SLUICE_HOME"], "/data");
  const contents = imageContents();
  for (const name of contents) Deno.statSync(new URL(`../../${name}`, import.meta.url));
  for (const name of ["activities", "core", "learn", "pipelines", "sim", "store", "workflows"]) {
    assert.ok(contents.includes(name), name);
  }
  for (const name of ["data", "tests", ".git", "node_modules", ".env"]) {
    assert.ok(!contents.includes(name), name);
  }
});

Deno.test({
  name: `hadolint finds no fault in the Dockerfile${HADOLINT.skipped}`,
  ignore: HADOLINT.path === null,
  fn: async () => {
    const file = new URL("../../infra/docker/Dockerfile", import.meta.url).pathname;
    await check(HADOLINT, [file]);
    const unpinned = (await Deno.readTextFile(file)).replaceAll("debian:13-slim", "debian");
    const changed = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(changed, unpinned);
      await assert.rejects(check(HADOLINT, [changed]), /DL3006/);
    } finally {
      await Deno.remove(changed);
    }
  },
});

Deno.test({
  name: "a worker and a command of the image work as another user on a read-only file system" +
    (HINDRANCE === null ? "" : ` (skipped: ${HINDRANCE})`),
  ignore: HINDRANCE !== null,
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using server = await TestServer.start();
    await using image = new ImageTree(IMAGE);
    await image.build(IMAGE.bake);
    const variables = { TEMPORAL_ADDRESS: server.address.address };
    const [, , ...entrypoint] = IMAGE.entrypoint; // without tini, which tests may lack
    const port = await findFreePort(18_186);
    const health = ["--health", String(port), "--concurrency", "1"];
    const worker = image.start("worker-1", [...entrypoint, ...IMAGE.command, ...health], variables);
    try {
      const url = `http://localhost:${port}/readyz`;
      while (
        !(await fetch(url).then((answer) => answer.body?.cancel().then(() => answer.ok))
          .catch(() => false))
      ) await wait(100);
      Deno.writeTextFileSync(`${image.data}/contained.json`, JSON.stringify(PIPELINE));
      const args = ["pipeline", "/opt/data/contained.json", "--json"];
      const command = image.start("command-1", [...entrypoint, ...args], variables);
      const summary = summaryOf(await resultOf(command));
      assert.equal(summary.status, "completed");
      const { uid } = Deno.statSync(`${image.data}/runs/contained/0001/run.json`);
      assert.equal(uid, 10_001);
      assert.ok(!summary.stages["merge"]!.cached);
    } finally {
      await image.stop(worker);
    }
    const { stdout, stderr } = await resultOf(worker);
    assert.match(stderr + stdout, /Working on simulate/);
    assert.doesNotMatch(stderr, /bundle|download/i);
  },
});
