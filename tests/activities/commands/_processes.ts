import assert from "node:assert/strict";

/** Waits until the system has taken down a process that was killed. */
export async function untilGone(pid: number): Promise<void> {
  for (let i = 0; isRunning(pid); i++) {
    assert.ok(i < 500, `${pid} is still there`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process is there and no zombie that waits for its parent. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
