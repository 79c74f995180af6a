import assert from "node:assert/strict";
import { createRandom } from "../../core/random.ts";
import { appendToRunLog, logLine } from "../../runtime/run/run_log.ts";
import { verifyDirectory } from "../../store/mod.ts";
import { DAMAGES, damagesOf, FILE_KINDS, filesOf, isOwed, kindOf, withDamage } from "./_damage.ts";
import { faultsOf, makeWholeRun, READERS, REPORT, REPORTED } from "./_damaged_root.ts";
import { JobRoot } from "./_job.ts";

const NAMES = Object.keys(DAMAGES);

Deno.test("verify finds every damage to every kind of file, and no command meets one unforeseen", async (t) => {
  await using job = await JobRoot.open();
  const { root } = job;
  const directory = await makeWholeRun(job);
  appendToRunLog(root, { directory, writer: "work" }, [logLine({ event: "note", text: "here" })]);
  const random = createRandom(13, "damage", 0), files = filesOf(root);
  assert.deepEqual((await verifyDirectory(root, { root })).faults, []);
  const meet = async (path: string, damage: string, readers = READERS) => {
    const owed = isOwed(kindOf(path), damage);
    const found = await withDamage(
      [root, path],
      { damage, random },
      () => faultsOf(root, { directory, owed, readers }),
    );
    assert.deepEqual(found, [], `${path}, ${damage}`);
  };

  for (const kind of FILE_KINDS) {
    await t.step(kind.name, async () => {
      const [path] = files.filter((file) => kindOf(file) === kind);
      assert.ok(path !== undefined, `no file is a ${kind.name}`);
      for (const damage of Object.keys(damagesOf(kind))) {
        const isRead = kind.found && REPORTED.some((name) => name === damage);
        await meet(path, damage, isRead ? { ...READERS, ...REPORT } : READERS);
      }
    });
  }

  await t.step("30 random pairs", async () => {
    for (let i = 0; i < 30; i++) {
      await meet(files[random.integer(files.length)]!, NAMES[random.integer(NAMES.length)]!);
    }
  });

  assert.deepEqual((await verifyDirectory(root, { root })).faults, []);
});
