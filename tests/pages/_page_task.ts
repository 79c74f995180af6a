import assert from "node:assert/strict";
import type { taskArguments } from "../../runtime/services/task_command.ts";
import type { TaskDirectory } from "../cli/_task_directory.ts";

/** A task that serves a page, until it is interrupted. */
export interface PageTask {
  readonly url: string;
  /** Interrupts it as Ctrl-C does. @returns What it wrote to standard error */
  interrupt(): Promise<string>;
}

/** Starts a task and waits for the address that it prints. */
export async function startPage(
  directory: TaskDirectory,
  task: Parameters<typeof taskArguments>[0],
  args: readonly string[],
): Promise<PageTask> {
  const child = directory.start(task, args);
  const stdout = child.stdout.getReader(), decoder = new TextDecoder();
  let said = "";
  while (!said.includes("\n")) {
    const { value, done } = await stdout.read();
    if (done) throw new Error(`${task} ended: ${await new Response(child.stderr).text()}`);
    said += decoder.decode(value);
  }
  await stdout.cancel();
  const url = said.trim();
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  return {
    url,
    async interrupt() {
      child.kill("SIGINT");
      const [{ code }, stderr] = await Promise.all([
        child.status,
        new Response(child.stderr).text(),
      ]);
      assert.equal(code, 0, stderr);
      return stderr;
    },
  };
}
