import assert from "node:assert/strict";
import { HostileRoot } from "./_hostile_tasks.ts";

/** A tenth of what `deno task bench fuzz` feeds. */
const TASKS = 33, LINKS = 22;

Deno.test({
  name: "createActivities() writes nothing outside of the data root, whatever it is given",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using root = await HostileRoot.open();
    for (let index = 0; index < TASKS + LINKS; index++) {
      const outcome = index < TASKS
        ? await root.feed(1, index)
        : await root.feedLink(1, index - TASKS);
      const { unforeseen, outside } = outcome;
      const what = `${index < TASKS ? "task" : "link"} ${index} for ${outcome.activity}`;
      assert.deepEqual({ unforeseen, outside }, { unforeseen: null, outside: null }, what);
    }
  },
});
