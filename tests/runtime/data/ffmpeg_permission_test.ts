import assert from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_DIRECTORY, taskArguments } from "../../../runtime/services/task_command.ts";
import { resultOf } from "../../cli/_task_directory.ts";

const SCRIPT = `
import { findFfmpeg } from "{module}";
const refused = (start) => { try { start(); } catch (error) { return error.name; } };
const shell = refused(() => new Deno.Command("/bin/sh").outputSync());
console.log(JSON.stringify({ found: await findFfmpeg() !== null, shell }));
`;

Deno.test("findFfmpeg() finds the one on the PATH when it is all that a command may start", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sluice-ffmpeg-" });
  try {
    const script = join(folder, "script.ts"), module = "../../../runtime/data/ffmpeg.ts";
    await Deno.writeTextFile(script, SCRIPT.replace("{module}", import.meta.resolve(module)));
    const permissions = taskArguments("import", []).filter((word) => word.startsWith("-"));
    const look = async () => {
      const task = new Deno.Command(Deno.execPath(), {
        args: ["run", ...permissions, script],
        cwd: PROJECT_DIRECTORY,
        // What may start one program alone may pass no place of libraries on.
        env: { PATH: folder, LD_LIBRARY_PATH: folder },
        stdout: "piped",
        stderr: "piped",
      });
      const { stdout, stderr } = await resultOf(task.spawn());
      assert.equal(stderr, "");
      return JSON.parse(stdout);
    };
    assert.deepEqual(await look(), { found: false, shell: "NotCapable" });
    await Deno.writeTextFile(join(folder, "ffmpeg"), "#!/bin/sh\n", { mode: 0o755 });
    assert.deepEqual(await look(), { found: true, shell: "NotCapable" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
