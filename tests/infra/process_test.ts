import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { givenEnvironment } from "../../infra/given_environment.ts";
import { endProcess, isAlive, startDetached } from "../../infra/temporal/process.ts";

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-process-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("startDetached() passes on none of the descriptors that the caller was started with", () =>
  withFolder(async (folder) => {
    const held = join(folder, "held"), log = join(folder, "log");
    const script = fileURLToPath(new URL("./_detach.ts", import.meta.url));
    // As a script that holds locks would: descriptors of one and of three digits.
    const { success, stderr } = await new Deno.Command("bash", {
      args: ["-c", 'exec 7>"$1" 201>"$1"; shift; exec "$@"', "bash", held].concat(
        [Deno.execPath(), "run", "--allow-all", script, log],
      ),
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const listed = await Deno.readTextFile(log);
    assert.match(listed, /\b1 -> /);
    assert.ok(!listed.includes(held), listed);
  }));

Deno.test("endProcess() ends a process that does not listen", () =>
  withFolder(async (folder) => {
    const log = join(folder, "log");
    const deaf = await startDetached(
      "sh",
      ["-c", 'trap "" TERM; echo deaf; while :; do sleep 0.1; done'],
      { cwd: folder, log, env: givenEnvironment() },
    );
    while (!(await Deno.readTextFile(log)).includes("deaf")) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.ok(isAlive(deaf));
    await endProcess(deaf, 60);
    assert.ok(!isAlive(deaf));
  }));

Deno.test({
  name: "isAlive() takes another user's process for alive",
  ignore: Deno.uid() !== 0, // only root can become another user
  fn: () =>
    withFolder(async (folder) => {
      await Deno.chmod(folder, 0o777);
      const module = new URL("../../infra/temporal/process.ts", import.meta.url);
      const script =
        `import { isAlive } from "${module}"; console.log(isAlive({ pid: ${Deno.pid} }));`;
      const { stdout, stderr } = await new Deno.Command("setpriv", {
        args: ["--reuid=65534", "--clear-groups", Deno.execPath(), "eval", "--no-config", script],
        env: { DENO_DIR: folder, HOME: folder },
      }).output();
      assert.equal(new TextDecoder().decode(stdout), "true\n", new TextDecoder().decode(stderr));
    }),
});
