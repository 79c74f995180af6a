import assert from "node:assert/strict";
import process from "node:process";
import { ProgramGroup } from "../../../activities/commands/program_group.ts";
import { isRunning, untilGone } from "./_processes.ts";

/** Programs in groups of their own: nothing of them outlives what started them. */

const MODULE = new URL("../../../activities/commands/program_group.ts", import.meta.url).href;

/** Starts a program that starts another, and prints the ids of both. */
const PARENT = `
import { ProgramGroup } from "${MODULE}";
const script = "trap '' TERM HUP; sleep 600 & echo $$ $!; wait";
await ProgramGroup.start({ name: "p", command: ["/bin/sh", "-c", script] }, {
  onLine: (line) => console.log(line),
});
setInterval(() => {}, 1000);
`;

Deno.test("ProgramGroup leaves nothing when the process that started it is killed", async () => {
  const parent = new Deno.Command(Deno.execPath(), {
    args: ["eval", PARENT],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = parent.stdout.getReader();
  const { value } = await reader.read();
  const pids = new TextDecoder().decode(value).trim().split(" ").map(Number);
  assert.equal(pids.length, 2);
  for (const pid of pids) assert.ok(isRunning(pid), `${pid} runs`);
  process.kill(parent.pid, "SIGKILL");
  await parent.status;
  await reader.cancel();
  for (const pid of pids) await untilGone(pid);
});

Deno.test("ProgramGroup ends what its program has left running", async () => {
  const lines: string[] = [];
  const group = await ProgramGroup.start(
    { name: "p", command: ["/bin/sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!; exit 3"] },
    { onLine: (line) => lines.push(line) },
  );
  assert.deepEqual(await group.ended, { status: 3, signal: null });
  await untilGone(Number(lines[0]));
});

Deno.test("ProgramGroup runs no shell and gives no other variables", async () => {
  const lines: string[] = [];
  Deno.env.set("SLUICE_TEST_TOKEN", "canary");
  try {
    const command = ["/usr/bin/env", "printf", "%s\n", "$HOME; *"];
    const group = await ProgramGroup.start({ name: "p", command }, {
      onLine: (line) => lines.push(line),
    });
    await group.ended;
    const environment = await ProgramGroup.start({ name: "e", command: ["/usr/bin/env"] }, {
      onLine: (line) => lines.push(line),
    });
    await environment.ended;
  } finally {
    Deno.env.delete("SLUICE_TEST_TOKEN");
  }
  assert.equal(lines[0], "$HOME; *");
  assert.ok(!lines.join("\n").includes("canary"));
});
