import assert from "node:assert/strict";
import { join } from "node:path";
import { appendToLog, olderLog } from "../../infra/log_file.ts";

Deno.test("appendToLog() puts a large log aside and goes on in the same file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sluice-log-" });
  try {
    const file = join(folder, "logs", "a.log");
    const large = `${"x".repeat(10 * 2 ** 20)}\n`;
    appendToLog(file, large);
    const { ino } = await Deno.stat(file);
    appendToLog(file, "one\n");
    appendToLog(file, "two\n");
    assert.equal(await Deno.readTextFile(file), "one\ntwo\n");
    assert.equal((await Deno.stat(file)).ino, ino);
    assert.equal((await Deno.stat(olderLog(file))).size, large.length);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
