import assert from "node:assert/strict";
import { join } from "node:path";
import { databaseFile } from "../../../infra/temporal/server.ts";
import { PROJECT_DIRECTORY, taskArguments } from "../../../runtime/services/task_command.ts";
import { TestServer } from "../../workflows/_temporal.ts";

/** Runs `deno task schedule` with the permissions of the task on a data directory. */
async function schedule(root: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...taskArguments("schedule", args)],
    cwd: PROJECT_DIRECTORY,
    env: { SLUICE_HOME: root },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), errors: decoder.decode(stderr) };
}

Deno.test({
  name: "deno task schedule",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using server = await TestServer.start();
    const { root } = server;
    const create = ["create", "reach-random", "--daily", "02:00", "--timezone", "Asia/Tokyo"];

    await t.step("creates a schedule once, with its failure command", async () => {
      const first = await schedule(root, ...create, "--on-failure", "exit 1", "--json");
      assert.equal(first.code, 0, first.errors);
      const view = JSON.parse(first.out);
      assert.equal(view.name, "reach-random");
      assert.equal(view.onFailure, "exit 1");
      assert.match(view.next[0], /T17:00:00\.000Z$/);
      const second = await schedule(root, ...create);
      assert.equal(second.code, 2);
      assert.match(second.errors, /found a schedule of that name/);
      const list = await schedule(root, "list", "--json");
      assert.deepEqual(JSON.parse(list.out).map(({ name }: { name: string }) => name), [
        "reach-random",
      ]);
    });

    await t.step("pauses and resumes", async () => {
      const paused = await schedule(root, "pause", "reach-random", "--note", "disk full");
      assert.equal(paused.code, 0, paused.errors);
      assert.match(paused.out, /next +paused[^]*note +disk full/);
      assert.match((await schedule(root, "resume", "reach-random")).out, /next +2\d{3}-/);
    });

    await t.step("begins one night at a time when triggered", async () => {
      const begun = await schedule(root, "trigger", "reach-random", "--json");
      assert.equal(begun.code, 0, begun.errors);
      assert.equal(JSON.parse(begun.out).running.length, 1);
      const again = await schedule(root, "trigger", "reach-random");
      assert.equal(again.code, 1);
      assert.match(again.errors, /expected no run in progress/);
      const shown = await schedule(root, "show", "reach-random");
      assert.match(shown.out, /skipped +1: /);
      assert.match(shown.errors, /No worker is running/);
    });

    await t.step("refuses nights that are not due yet", async () => {
      const range = ["--from", "2999-01-01", "--to", "2999-01-02"];
      assert.equal((await schedule(root, "backfill", "reach-random", ...range)).code, 2);
    });

    await t.step("deletes, and knows the name no more", async () => {
      const deleted = await schedule(root, "delete", "reach-random");
      assert.equal(deleted.code, 0, deleted.errors);
      assert.deepEqual([...Deno.readDirSync(`${root}/schedules`)], []);
      const gone = await schedule(root, "show", "reach-random");
      assert.equal(gone.code, 2);
      assert.match(gone.errors, /Cannot find schedule "reach-random"/);
    });
  },
});

Deno.test("deno task schedule list tells what was seen last while no server runs", async () => {
  const root = await Deno.makeTempDir({ prefix: "sluice-schedules-" });
  try {
    await Deno.mkdir(join(root, "temporal"));
    await Deno.writeTextFile(databaseFile(join(root, "temporal")), "of a server that has run");
    const unseen = await schedule(root, "list", "--json");
    assert.deepEqual([unseen.code, unseen.out], [0, "[]\n"], unseen.errors);
    assert.match(unseen.errors, /No server is running/);
    const schedules = [{ name: "reach-random", next: [], nights: [] }];
    const remembered = { seen: "2026-03-01T02:00:05Z", schedules };
    await Deno.writeTextFile(join(root, "temporal/schedules.json"), JSON.stringify(remembered));
    const seen = await schedule(root, "list", "--json");
    assert.deepEqual(JSON.parse(seen.out), schedules);
    assert.match(seen.errors, /schedules as of 2026-03-01 02:00:05 UTC/);
    assert.deepEqual([...Deno.readDirSync(join(root, "temporal"))].map(({ name }) => name).sort(), [
      "schedules.json",
      "temporal.db",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
