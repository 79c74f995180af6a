import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROUNDS_JOB } from "../crash/_jobs.ts";
import { TaskDirectory } from "./_task_directory.ts";

/** Stages of a plan or of a run, as far as they are read here. */
interface Stages {
  readonly stages: Readonly<Record<string, { readonly cached: boolean }>>;
}

/** Names of the stages that are not stored. */
function computed({ stages }: Stages): string[] {
  return Object.entries(stages).flatMap(([name, { cached }]) => cached ? [] : [name]).sort();
}

const ROUND_3 = ["check", "merge", "rollout", "train", "validation"].map((name) =>
  `${name}[round=3]`
);
const BOTH = ["evaluate", "select"];

// One test, because each step goes on from what the ones before have stored.
Deno.test("deno task pipeline learns in rounds", async (t) => {
  await using directory = new TaskDirectory();
  const { rounds, ...rest } = ROUNDS_JOB;
  const write = (changed: object) =>
    directory.write("rounds.json", { ...rest, rounds: { ...rounds, ...changed } });
  const planned = async (file: string): Promise<Stages> =>
    JSON.parse(await directory.expect("pipeline", file, "--plan", "--json"));
  const started = write({ count: 2 });
  await directory.serve();
  const first = await directory.complete(started);

  await t.step("and says which round was kept, and what all of them cost", () => {
    const { select, evaluate } = first.stages;
    const labelled = [0, 1, 2].map((round) =>
      first.stages[`train[round=${round}]`]!.counts["labelled_steps"]!
    );
    assert.deepEqual(labelled, labelled.toSorted((a, b) => a - b));
    assert.equal(labelled[0], first.stages["generate"]!.counts["steps"]);
    assert.equal(evaluate!.counts["labelled_steps"], labelled[2]);
    const round = evaluate!.counts["round"]!;
    assert.ok([0, 1, 2].includes(round), String(round));
    // The kept policy is that of its round, to the bit.
    assert.equal(select!.digest, first.stages[`train[round=${round}]`]!.digest);
    const rates = [0, 1, 2].map((round) =>
      Number(first.stages[`validation[round=${round}]`]!.metrics["success_rate"])
    );
    assert.equal(rates.lastIndexOf(Math.max(...rates)), round);
    assert.equal(select!.metrics["success_rate"], rates[round]);
  });

  await t.step("and shows success and data by round in its report", () => {
    const html = readFileSync(join(first.directory, "report.html"), "utf8");
    assert.match(html, /<h2 id="rounds">Rounds<\/h2>/);
    assert.match(html, /Success by round/);
    assert.match(
      html,
      new RegExp(`The policy of round ${first.stages["select"]!.counts["round"]} was`),
    );
  });

  await t.step("a further round costs one round, as --plan says", async () => {
    const file = write({ count: 3 });
    const expected = [...ROUND_3, ...BOTH].sort();
    assert.deepEqual(computed(await planned(file)), expected);
    assert.deepEqual(computed(await directory.complete(file)), expected);
  });

  await t.step("an edited round costs itself and those behind it, as --plan says", async () => {
    const file = write({ count: 3, edit: { 2: { train: { steps: 300 } } } });
    const expected = [...ROUND_3, "train[round=2]", "validation[round=2]", ...BOTH].sort();
    assert.deepEqual(computed(await planned(file)), expected);
    const { stages } = await directory.complete(file);
    assert.deepEqual(computed({ stages }), expected);
    assert.equal(stages["train[round=2]"]!.counts["steps"], 300);
    assert.equal(stages["train[round=3]"]!.counts["steps"], 400);
  });

  await t.step("and refuses rounds that cannot be, before anything starts", async () => {
    for (
      const [changed, message] of [
        [{ count: -1 }, /rounds\.count: expected at least 0, found -1/],
        [
          { of: ["rollout", "train"] },
          /rounds\.of: stage "(?:check|merge)" stands between.*add "(?:check|merge)" to of/,
        ],
      ] as const
    ) {
      const { code, stderr } = await directory.run("pipeline", [write(changed)]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
    const file = write({ count: 1 });
    const set = ["--set", "rollout.policy.mixture=1.5"];
    const { code, stderr } = await directory.run("pipeline", [file, ...set]);
    assert.deepEqual(
      [code, /mixture: expected at most 1, found 1\.5/.test(stderr)],
      [2, true],
      stderr,
    );
  });
});
