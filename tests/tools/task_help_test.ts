import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { TaskDirectory } from "../cli/_task_directory.ts";

for (const task of ["python", "go-tool", "onnxruntime", "traces", "lock", "ok"] as const) {
  Deno.test(`deno task ${task} --help says what it does, and does nothing`, async () => {
    await using site = new TaskDirectory();
    const { code, stdout, stderr } = await site.run(task, ["--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, new RegExp(`^Usage: deno task ${task} .*\n\n[A-Z].*\\.\n`));
  });
}

Deno.test("deno task python lists its environments, and names an unknown one", async () => {
  await using site = new TaskDirectory();
  const listed = await site.run("python", []);
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, /^tests +NumPy.*\n(.+\n)*lerobot +LeRobot/);
  const unknown = await site.run("python", ["tests", "lerbot"]);
  assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
  assert.match(
    unknown.stderr,
    /^error: Cannot make a Python environment "lerbot": expected one of tests, .*: did you mean "lerobot"\?\n$/,
  );
});

Deno.test("tasks that fetch packages read the variables of proxies and certificates", () => {
  for (const task of ["onnxruntime", "traces"] as const) {
    assert.ok(config.tasks[task].command.includes("--allow-env"), task);
  }
});
