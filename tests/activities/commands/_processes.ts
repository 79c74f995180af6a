import assert from "node:assert/strict";

/** Waits until the system has taken down a process that was killed. */
export async function untilGone(pid: number): Promise<void> {
  for (let i = 0; isRunning(pid); i++) {
    assert.ok(i < 500, `${pid} is still there`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * Whether a process is there and no zombie that waits for its parent. Asked of `ps`: only what may do
 * everything reads `/proc`.
 */
export function isRunning(pid: number): boolean {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] })
    .outputSync();
  return /^[^Z\s]/.test(new TextDecoder().decode(stdout).trim());
}
