import assert from "node:assert/strict";
import { definePipeline } from "../../mod.ts";
import { findFreePort } from "../../infra/temporal/ports.ts";
import { wait } from "../../runtime/services/wait.ts";
import { resultOf, summaryOf } from "../cli/_task_directory.ts";
import { storeVariables } from "../store/blobs/_served_store.ts";
import { S3Server } from "../store/blobs/_s3_server.ts";
import { goTool } from "../../tools/go_tool.ts";
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

const VERSITYGW = await goTool("versitygw");

const SKIPPED = VERSITYGW.executables === null ? ` (skipped: ${VERSITYGW.reason})` : "";

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
  fn: async (test) => {
    await using server = await TestServer.start();
    await using image = new ImageTree(IMAGE);
    await image.build(IMAGE.bake);
    Deno.writeTextFileSync(`${image.data}/contained.json`, JSON.stringify(PIPELINE));
    const address = { TEMPORAL_ADDRESS: server.address.address };
    const digest = await runContained(image, { worker: address, command: address });
    const { uid } = Deno.statSync(`${image.data}/runs/contained/0001/run.json`);
    assert.equal(uid, 10_001);
    await test.step({
      name: `and on a bucket, which is all that they share${SKIPPED}`,
      ignore: VERSITYGW.executables === null,
      fn: async () => {
        await using held = new AsyncDisposableStack();
        const directory = await Deno.makeTempDir();
        held.defer(() => Deno.remove(directory, { recursive: true }));
        const store = held.use(
          await S3Server.startVersitygw(VERSITYGW.executables!["versitygw"]!, directory),
        );
        await store.createBucket("robots");
        const variables = {
          ...address,
          ...storeVariables(store.settings),
          SLUICE_HOME: "s3://robots/team",
        };
        const again = await runContained(image, {
          worker: { ...variables, SLUICE_CACHE: "/opt/data/worker" },
          command: { ...variables, SLUICE_CACHE: "/opt/data/command" },
        });
        assert.equal(again, digest);
      },
    });
  },
});

/** Variables of two containers. */
interface ContainerVariables {
  readonly worker: Readonly<Record<string, string>>;
  readonly command: Readonly<Record<string, string>>;
}

/** Runs the pipeline by a worker and a command in a container each. @returns Digest of its dataset */
async function runContained(image: ImageTree, variables: ContainerVariables): Promise<string> {
  const [, , ...entrypoint] = IMAGE.entrypoint; // without tini, which tests may lack
  const port = await findFreePort(18_186);
  const health = ["--health", String(port), "--concurrency", "1"];
  const arguments_ = [...entrypoint, ...IMAGE.command, ...health];
  const worker = image.start("worker-1", arguments_, variables.worker);
  let digest: string;
  try {
    const url = `http://localhost:${port}/readyz`;
    while (
      !(await fetch(url).then((answer) => answer.body?.cancel().then(() => answer.ok))
        .catch(() => false))
    ) await wait(100);
    const args = ["pipeline", "/opt/data/contained.json", "--json"];
    const command = image.start("command-1", [...entrypoint, ...args], variables.command);
    const summary = summaryOf(await resultOf(command));
    assert.equal(summary.status, "completed");
    const { cached, digest: found } = summary.stages["merge"]!;
    assert.ok(!cached);
    digest = found;
  } finally {
    await image.stop(worker);
  }
  const { stdout, stderr } = await resultOf(worker);
  assert.match(stderr + stdout, /Working on simulate/);
  assert.match(stderr, /^Task queues begin with sluice-[0-9a-f]{12}-[0-9a-f]{8}$/m);
  assert.doesNotMatch(stderr, /bundle|download/i);
  return digest;
}
