import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FailureTask } from "../../activities/nightly_types.ts";
import { definePipeline } from "../../mod.ts";
import { TaskDirectory } from "./_task_directory.ts";

/** What nobody but the person who runs a command may find anywhere. */
const SECRETS = {
  AWS_ACCESS_KEY_ID: "canary-5e1f-access",
  AWS_SECRET_ACCESS_KEY: "canary-5e1f-aws",
  GITHUB_TOKEN: "canary-5e1f-github",
  TEMPORAL_API_KEY: "canary-5e1f-temporal",
  SLUICE_STORE_TOKEN: "canary-5e1f-store",
};

/** Key of the payloads: workers need it, and nobody else may find it. */
const CODEC_KEY = "canary5e1fKeyOfPayloadsThatNobodyMayFind000=";
const CANARY = "canary-5e1f";

const PIPELINE = definePipeline({
  name: "canary",
  seed: 3,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 2, shard: 2, maxSteps: 20 },
    merge: { kind: "merge", from: "generate" },
  },
});

const TASK: FailureTask = {
  schedule: "nights",
  pipeline: "canary",
  date: null,
  error: { name: "Error", message: "Cannot go on" },
  directory: null,
};

/** Writes what a worker finds in its environment, and what its failure command does. */
const MODULE = `
import { runFailureCommand, storeFailureCommand } from "{failure_command}";
if (Deno.mainModule?.endsWith("/worker.ts")) { // its threads have none
  const root = Deno.env.get("SLUICE_HOME");
  const { SLUICE_CODEC_KEY, ...rest } = Deno.env.toObject();
  const found = { ...rest, hasCodecKey: SLUICE_CODEC_KEY?.length === 44 };
  Deno.writeTextFileSync(root + "/worker.json", JSON.stringify(found));
  storeFailureCommand(root, "nights", "env");
  await runFailureCommand(root, ${JSON.stringify(TASK)});
}
`;

Deno.test("deno task pipeline keeps the secrets of its environment from every file and program", async () => {
  await using site = new TaskDirectory();
  const { root } = site, env = { ...SECRETS, SLUICE_CODEC_KEY: CODEC_KEY, SLUICE_KERNELS: "wasm" };
  const failure = new URL("../../runtime/schedule/failure_command.ts", import.meta.url).href;
  const module = site.write("module.ts", MODULE.replace("{failure_command}", failure));
  const declaration = site.write("canary.json", PIPELINE);
  const done = await site.run("pipeline", [declaration, "--module", module, "--json"], { env });
  assert.equal(done.code, 0, done.stderr);
  const later = [
    await site.run("pipeline", [declaration, "--set", "merge.from=nobody"], { env }),
    await site.run("report", ["canary"], { env }),
  ];
  for (const { stdout, stderr } of [done, ...later]) {
    const told = `${stdout}${stderr}`;
    assert(!told.includes(CANARY) && !told.includes(CODEC_KEY), told);
  }
  // The worker ran with an environment, and so did the command.
  const worker = JSON.parse(Deno.readTextFileSync(join(root, "worker.json")));
  assert.deepEqual([worker["SLUICE_KERNELS"], worker["hasCodecKey"]], ["wasm", true]);
  assert.match(Deno.readTextFileSync(join(root, "temporal", "on-failure.log")), /^SLUICE_ERROR=/m);
  const files = readdirSync(site.path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  for (const name of ["run.json", "plan.json", "report.html", "temporal.db", "server.log"]) {
    assert(files.some((file) => file.endsWith(`/${name}`)), `${name} was not looked at`);
  }
  const hidden = [CANARY, CODEC_KEY, Buffer.from(CODEC_KEY, "base64")];
  const told = files.filter((file) => hidden.some((one) => readFileSync(file).includes(one)));
  assert.deepEqual(told, []);
  // The server saw only encrypted payloads: none has the limit of the generate stage.
  for (const file of files.filter((file) => /\/temporal\/(temporal\.db|payloads)/.test(file))) {
    assert(!readFileSync(file).includes('"maxSteps":20'), file);
  }
  for (const { pid } of site.processes()) {
    if (Deno.build.os !== "linux") break; // others show no environment of a process
    const environment = readFileSync(`/proc/${pid}/environ`);
    assert(!environment.includes(CANARY), `process ${pid}`);
    assert(!environment.includes(CODEC_KEY), `process ${pid} after its run`);
  }
});
