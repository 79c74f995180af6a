import assert from "node:assert/strict";
import type { taskArguments } from "../../cli/task_command.ts";
import { resultOf, TaskDirectory } from "../cli/_task_directory.ts";

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
  const [own, rest] = child.stdout.tee();
  const reader = own.getReader(), decoder = new TextDecoder();
  let said = "";
  while (!said.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`${task} ended: ${(await resultOf(child)).stderr}`);
    said += decoder.decode(value);
  }
  reader.releaseLock();
  await Promise.all([own.cancel(), rest.cancel()]);
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
