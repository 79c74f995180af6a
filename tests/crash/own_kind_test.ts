import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunSummary } from "../../activities/types.ts";
import { listWorkers } from "../../runtime/services/worker_registry.ts";
import { digestsOf, kill, resultOf, summaryOf, TaskDirectory } from "../cli/_task_directory.ts";

/** The file that a user writes. */
const MODULE = new URL("part_sums.ts", import.meta.url).pathname;

const PARTS = 60;

const DECLARATION = `name: own-kind
seed: 3
stages:
  generate: { kind: generate, environment: reach, episodes: 2, shard: 2, maxSteps: 20 }
  merge: { kind: merge, from: generate }
  sums: { kind: part-sums, from: merge, parts: ${PARTS} }
`;

/** Parts that the checkpoint of the stage holds, 0 where there is none. */
function partsSaved(root: string): number {
  const stages = join(root, "stages");
  const name = existsSync(stages)
    ? readdirSync(stages).find((name) => name.startsWith("part-sums-"))
    : undefined;
  const file = join(stages, name ?? "", "checkpoint.json");
  // It is replaced whole, and gone once the stage is committed.
  return name !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).done : 0;
}

async function runUninterrupted(): Promise<RunSummary> {
  await using directory = new TaskDirectory();
  return await directory.complete(directory.write("own.yaml", DECLARATION), "--module", MODULE);
}

Deno.test("a kind of a module goes on from its checkpoint when its worker is killed", async (t) => {
  const expected = await runUninterrupted();
  assert.equal(expected.stages["sums"]!.counts["computed"], PARTS);

  await using directory = new TaskDirectory();
  const { root } = directory, file = directory.write("own.yaml", DECLARATION);
  const own = [file, "--module", MODULE] as const;

  await t.step("is in the plan, with its work and its key", async () => {
    const plan = await directory.expect("pipeline", ...own, "--plan");
    assert.match(plan, /sums\s+part-sums/);
    assert.ok(!existsSync(join(root, "stages")), "a plan writes nothing");
  });

  let summary: RunSummary;
  await t.step("comes to the same bytes, and computes what was saved only once", async () => {
    const command = directory.start("pipeline", [...own, "--json"]), ended = resultOf(command);
    while (partsSaved(root) < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const { pid } of listWorkers(root)) kill(pid);
    const saved = partsSaved(root);
    assert.ok(saved < PARTS, "it was not killed inside of the stage");
    summary = summaryOf(await ended);
    const { counts, resumedFrom, cached } = summary.stages["sums"]!;
    assert.ok(counts["computed"]! <= PARTS - saved, `${counts["computed"]} of ${PARTS} again`);
    assert.deepEqual({ resumedFrom, cached }, { resumedFrom: 0, cached: false });
    assert.deepEqual(digestsOf(summary), digestsOf(expected));
    assert.equal(partsSaved(root), 0, "a committed stage keeps no checkpoint");
  });

  await t.step("is found again by the second run, and by --rerun comes to the same", async () => {
    const again = await directory.complete(...own);
    assert.ok(Object.values(again.stages).every(({ cached }) => cached));
    const rerun = await directory.complete(...own, "--rerun");
    assert.equal(rerun.error, undefined);
    assert.equal(rerun.stages["sums"]!.counts["computed"], PARTS);
    assert.deepEqual(digestsOf(rerun), digestsOf(expected));
  });

  await t.step("stands in the report, and verify reads it", async () => {
    await directory.expect("report", "own-kind/1", "--module", MODULE);
    const report = readFileSync(join(summary.directory, "report.html"), "utf8");
    assert.match(report, /sums \(part-sums\)/);
    assert.match(report, /parts summed/);
    assert.match(await directory.expect("verify", "own-kind/1"), /no damage found/);
  });
});
