import assert from "node:assert/strict";
import type { CheckName, Finding } from "../../../pipelines/mod.ts";
import { checkPipeline } from "../../../pipelines/mod.ts";
import { PIPELINES } from "../../../pipelines/shipped/mod.ts";

const GENERATE = { kind: "generate", environment: "reach" };

function findingsOf(stages: Record<string, unknown>): readonly Finding[] {
  return checkPipeline({ name: "p", stages });
}

/** Asserts that the first finding has this check, and that its text shows these parts. */
function assertFinding(
  findings: readonly Finding[],
  check: CheckName,
  ...parts: readonly string[]
): void {
  const [first] = findings;
  assert.equal(first?.check, check, JSON.stringify(findings));
  const text = `${first.path.join(".")}: ${first.problem}: ${first.remedy}`;
  for (const part of parts) assert.ok(text.includes(part), `"${text}" lacks "${part}"`);
}

Deno.test("checkPipeline() finds nothing in the shipped pipelines", () => {
  for (const { declaration } of PIPELINES.values()) {
    assert.deepEqual(checkPipeline(declaration), []);
  }
});

Deno.test("checkPipeline() names a cycle in the order in which data would flow", () => {
  const findings = findingsOf({
    a: { kind: "validate", from: "b" },
    b: { kind: "validate", from: "a" },
  });
  assertFinding(findings, "cycle", "a → b → a");
});

Deno.test("checkPipeline() asks for the split of every input, where inputs are splits", () => {
  const merged = (splitByInput: Record<string, string>) =>
    findingsOf({
      one: GENERATE,
      two: { ...GENERATE, seed: 1 },
      merge: { kind: "merge", from: ["one", "two"], splitByInput },
    });
  assert.deepEqual(merged({ one: "train", two: "test" }), []);
  assertFinding(merged({ one: "train" }), "missing-input", "splitByInput", '"two"');
  const unknown = merged({ one: "train", two: "test", twoo: "test" });
  assertFinding(unknown, "unknown-input", '"twoo"', 'did you mean "two"');
  assertFinding(merged({ one: "train", two: "tset" }), "wrong-value", "splitByInput.two");
});

Deno.test("checkPipeline() wants of a score one dataset, one model, and a role for each other", () => {
  const scored = (from: readonly string[], compare: Record<string, string> = {}) =>
    findingsOf({
      generate: GENERATE,
      merge: { kind: "merge", from: "generate" },
      train: { kind: "train", from: "merge" },
      other: { kind: "train", from: "merge", seed: 1 },
      score: { kind: "score", from, compare },
    });
  assert.deepEqual(scored(["train", "merge"]), []);
  assert.deepEqual(scored(["other", "merge", "train"], { base: "other" }), []);
  assertFinding(scored(["train"]), "missing-input", "one dataset, found 0");
  assertFinding(scored(["merge"]), "missing-input", "one model, found 0");
  assertFinding(scored(["train", "merge", "other"]), "too-many-inputs", "found 2", "role");
  assertFinding(scored(["train", "merge"], { base: "othr" }), "unknown-input", "compare.base");
  assertFinding(scored(["train", "generate"]), "wrong-input-kind", "train or select or merge");
});

Deno.test("checkPipeline() refuses to hold out as many episodes as there are", () => {
  const held = (holdout: Record<string, number>, more: Record<string, unknown> = {}) =>
    findingsOf({
      one: GENERATE,
      two: { ...GENERATE, seed: 1, episodes: 20 },
      merge: { kind: "merge", from: ["one", "two"], holdout, ...more },
    });
  assert.deepEqual(held({ validation: 60, test: 59 }), []);
  const remedy = ["holdout", "less than the 120 episodes", "found 120", "hold fewer out"];
  assertFinding(held({ validation: 60, test: 60 }), "out-of-range", ...remedy);
  assertFinding(held({ test: 500 }), "out-of-range", "found 500");
  assertFinding(held({ test: -1 }), "out-of-range", "holdout.test");
  assertFinding(held({ tset: 1 }), "unknown-key", 'did you mean "test"?');
  const splitByInput = { one: "train", two: "test" };
  assertFinding(held({ test: 1 }, { splitByInput }), "two-sources", "holdout or splitByInput");
});

Deno.test("checkPipeline() calls a stage that reads itself a cycle", () => {
  assertFinding(findingsOf({ a: { kind: "validate", from: "a" } }), "cycle", "a → a");
});

Deno.test("checkPipeline() suggests the input that was meant", () => {
  const findings = findingsOf({ generate: GENERATE, merge: { kind: "merge", from: "generat" } });
  assertFinding(findings, "unknown-input", "stages.merge.from", 'did you mean "generate"?');
});

Deno.test("checkPipeline() refuses inputs of the wrong kind", () => {
  const findings = findingsOf({ generate: GENERATE, train: { kind: "train", from: "generate" } });
  assertFinding(findings, "wrong-input-kind", "reads merge", "add a merge stage between them");
  assertFinding(
    findingsOf({
      generate: GENERATE,
      v: { kind: "validate", from: "f" },
      f: { kind: "filter", from: "generate" },
    }),
    "wrong-input-kind",
    "stages.v.from",
  );
});

Deno.test("checkPipeline() refuses an input that is named twice", () => {
  const findings = findingsOf({ g: GENERATE, merge: { kind: "merge", from: ["g", "g"] } });
  assertFinding(findings, "duplicate-input", '"g" is named more than once');
});

Deno.test("checkPipeline() finds a stage whose output nobody uses", () => {
  const findings = findingsOf({
    used: GENERATE,
    unused: GENERATE,
    merge: { kind: "merge", from: "used" },
  });
  assertFinding(findings, "orphan", "stages.unused", "remove it");
});

Deno.test("checkPipeline() accepts a pipeline that ends with its chain", () => {
  assert.deepEqual(findingsOf({ g: GENERATE, v: { kind: "validate", from: "g" } }), []);
});

Deno.test("checkPipeline() allows one check behind a stage, and says how to have two", () => {
  const findings = findingsOf({
    g: GENERATE,
    v: { kind: "validate", from: "g" },
    f: { kind: "filter", from: "g" },
    merge: { kind: "merge", from: ["v", "f"] },
  });
  assertFinding(findings, "second-consumer", "second generate stage with stream: g");
});

Deno.test("checkPipeline() lets several datasets read the end of one chain", () => {
  const findings = findingsOf({
    g: GENERATE,
    f: { kind: "filter", from: "g" },
    one: { kind: "merge", from: "f" },
    two: { kind: "merge", from: ["f"] },
  });
  assert.deepEqual(findings, []);
});

Deno.test("checkPipeline() refuses to merge episodes of two environments", () => {
  const findings = findingsOf({
    a: GENERATE,
    b: { kind: "generate", environment: "push-t" },
    merge: { kind: "merge", from: ["a", "b"] },
  });
  assertFinding(findings, "mixed-environments", "reach, push-t");
});

Deno.test("checkPipeline() wants one source for every stage", () => {
  assertFinding(findingsOf({ t: { kind: "train" } }), "missing-input", "or dataset");
  assertFinding(
    findingsOf({ m: { kind: "merge", from: [] } }),
    "out-of-range",
    "a list of at least 1",
  );
  assertFinding(
    findingsOf({
      g: GENERATE,
      m: { kind: "merge", from: "g" },
      t: { kind: "train", from: "m", dataset: "d" },
    }),
    "two-sources",
    "stages.t.dataset",
  );
  assertFinding(
    findingsOf({ a: GENERATE, b: GENERATE, v: { kind: "validate", from: ["a", "b"] } }),
    "too-many-inputs",
    "merge them first",
  );
});

Deno.test("checkPipeline() refuses empty, endless and badly named pipelines", () => {
  assertFinding(findingsOf({}), "empty-pipeline");
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`g${i}`, GENERATE]));
  assertFinding(findingsOf(many), "too-many-stages", "256");
  assertFinding(findingsOf({ "Bad Name": GENERATE }), "bad-name");
  assertFinding(findingsOf(JSON.parse(`{"__proto__": {"kind": "generate"}}`)), "bad-name");
  assertFinding(checkPipeline({ name: "../up", stages: { g: GENERATE } }), "wrong-value", "name");
});

Deno.test("checkPipeline() names the parameter, what it expects and what it found", () => {
  const cases: readonly [Record<string, unknown>, CheckName, string][] = [
    [{ ...GENERATE, episodes: 0 }, "out-of-range", "expected at least 1, found 0"],
    [{ ...GENERATE, episodes: 1.5 }, "wrong-type", "expected an integer, found 1.5"],
    [{ ...GENERATE, episodes: "10" }, "wrong-type", 'expected a number, found "10"'],
    [{ ...GENERATE, actionNoise: NaN }, "wrong-type", "found NaN"],
    [{ ...GENERATE, episode: 3 }, "unknown-key", 'did you mean "episodes"?'],
    [{ kind: "generate" }, "wrong-type", "environment: expected a string, found nothing: add it"],
    [{ kind: "generte" }, "unknown-kind", 'did you mean "generate"?'],
    [{ ...GENERATE, randomize: { friction: [2, 1] } }, "wrong-value", "low at most high"],
    [{ ...GENERATE, seed: -1 }, "out-of-range", "seed: expected at least 0, found -1"],
  ];
  for (const [stage, check, text] of cases) assertFinding(findingsOf({ s: stage }), check, text);
});

Deno.test("checkPipeline() keeps stored inputs inside the data directory", () => {
  for (const dataset of ["/etc/x", "../x", "a/../../x", "~/x", "C:\\x", "http://x/y", "a\nb", ""]) {
    const findings = findingsOf({ t: { kind: "train", dataset } });
    assert.ok(findings.length > 0, `accepted ${JSON.stringify(dataset)}`);
    assert.equal(findings[0]?.path[2], "dataset");
  }
  assert.deepEqual(findingsOf({ t: { kind: "train", dataset: "runs/reach-expert/0001" } }), []);
});
