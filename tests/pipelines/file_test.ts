import assert from "node:assert/strict";
import { InvalidInputError } from "../../core/errors.ts";
import { parsePipeline } from "../../pipelines/file.ts";
import { compilePipeline } from "../../pipelines/mod.ts";
import { CONTEXT } from "./_context.ts";

/** The message that a text is refused with. */
function refusal(text: string): string {
  try {
    parsePipeline(text, "arm.yaml", CONTEXT);
  } catch (error) {
    assert.ok(error instanceof InvalidInputError, String(error));
    return error.message;
  }
  return assert.fail(`accepted:\n${text}`);
}

const YAML = `name: arm
seed: 7
stages:
  generate: { kind: generate, environment: reach, episodes: 10 }
  merge:
    kind: merge
    from: generate
`;

Deno.test("parsePipeline() reads YAML and JSON alike", () => {
  const fromYaml = parsePipeline(YAML, "arm.yaml", CONTEXT).declaration;
  assert.equal(fromYaml.seed, 7);
  const json = JSON.stringify(fromYaml, null, "\t");
  assert.deepEqual(parsePipeline(json, "arm.json", CONTEXT).declaration, fromYaml);
});

Deno.test("parsePipeline() says where in the file a value is wrong", () => {
  const text = YAML.replace("episodes: 10", "episodes: -1");
  assert.match(refusal(text), /"arm\.yaml:4:51": stages\.generate\.episodes: expected at least 1/);
  assert.match(refusal(YAML.replace("from: gen", "from: jen")), /"arm\.yaml:7:5".*no stage/);
});

Deno.test("parsePipeline() names broken YAML with its line", () => {
  assert.match(refusal("name: arm\nstages: [\n"), /"arm\.yaml:\d+:\d+"/);
  assert.match(refusal(`${YAML}name: again\n`), /arm\.yaml:8:1.*\[duplicate-key\]/);
  assert.match(refusal(""), /expected an object, found null/);
  assert.match(refusal("- 1\n"), /expected an object/);
  assert.match(refusal(`${YAML}---\nname: second\n`), /arm\.yaml:8:1/);
});

Deno.test("parsePipeline() refuses more keys and stages than anyone writes, before it tells of each", () => {
  const keys = (count: number) =>
    Array.from({ length: count }, (_, i) => `  stage${i}: 1\n`).join("");
  assert.match(
    refusal(`name: arm\nstages:\n${keys(24_000)}`),
    /"arm\.yaml:10001:3": expected at most 10000 keys in all, found more: .*\[too-many-keys\]/,
  );
  const stages = refusal(`name: arm\nstages:\n${keys(9_000)}`);
  assert.match(stages, /expected at most 256 stages, found 9000/);
  assert.ok(stages.length < 200, "one message, not one a stage");
});

Deno.test("parsePipeline() refuses stages named like what every object has", () => {
  for (const name of ["constructor", "__proto__"]) {
    assert.match(
      refusal(YAML.replace("  merge:", `  ${name}:`)),
      /this name is reserved: rename it/,
    );
  }
});

Deno.test("parsePipeline() refuses tags, so that a file cannot name code", () => {
  assert.match(refusal("name: !!js/function 'x'\nstages: {}\n"), /Unresolved tag.*\[syntax\]/);
});

Deno.test("parsePipeline() refuses anchors that contain themselves", () => {
  const ring = "name: arm\nstages:\n  t: { kind: train, dataset: d, options: &o { again: *o } }\n";
  assert.match(refusal(ring), /an anchor contains itself/);
});

Deno.test("parsePipeline() refuses texts that grow or nest without bound", () => {
  const levels = ["a: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level++) {
    const alias = `*a${level - 1}`;
    levels.push(`b${level}: &a${level} [${Array.from({ length: 9 }, () => alias).join(", ")}]`);
  }
  assert.match(refusal(levels.join("\n")), /alias count/i);
  assert.match(refusal("[".repeat(50_000)), /nested too deeply/);
  const deep = `${"[".repeat(200)}${"]".repeat(200)}`;
  const options = `name: arm\nstages: { t: { kind: train, dataset: d, options: { o: ${deep} } } }`;
  assert.match(refusal(options), /nested too deeply/);
  assert.match(refusal("#".repeat(2 ** 21)), /at most/);
});

Deno.test("parsePipeline() allows anchors as abbreviations", () => {
  const text = `name: arm
stages:
  a: &stage { kind: generate, environment: reach }
  b: *stage
  merge: { kind: merge, from: [a, b] }
`;
  const { declaration } = parsePipeline(text, "arm.yaml", CONTEXT);
  assert.deepEqual(declaration.stages["a"], declaration.stages["b"]);
});

Deno.test("parsePipeline() merges maps by << as PyYAML does, and finds what stands in them", () => {
  const text = `name: arm
stages:
  a: &a { kind: generate, environment: reach, episodes: 4, maxSteps: 50 }
  b: &b { <<: *a, episodes: 8, seed: 3 }
  c: { maxSteps: 60, <<: [*b, *a] }
  merge: { kind: merge, from: [a, b, c] }
`;
  const { stages } = parsePipeline(text, "arm.yaml", CONTEXT).declaration;
  const common = { kind: "generate", environment: "reach" } as const;
  assert.deepEqual(stages["a"], { ...common, episodes: 4, maxSteps: 50 });
  assert.deepEqual(stages["b"], { ...common, episodes: 8, maxSteps: 50, seed: 3 });
  assert.deepEqual(stages["c"], { ...common, episodes: 8, maxSteps: 60, seed: 3 });
  const lines = refusal(text.replace("maxSteps: 50", "maxSteps: -5")).split("\n");
  assert.match(lines[0]!, /"arm\.yaml:3:60": stages\.a\.maxSteps/);
  assert.match(lines[1]!, /arm\.yaml:3:60: stages\.b\.maxSteps/); // of a, which b merges
  assert.equal(lines.length, 2); // c has its own
});

Deno.test("parsePipeline() refuses merges of themselves and without bound", () => {
  assert.match(refusal("name: arm\nstages: &s { <<: *s }\n"), /:2:12".*merges itself by <</);
  const levels = ["name: arm", "a0: &a0 { x: 1 }"];
  for (let level = 1; level < 9; level++) {
    const all = Array.from({ length: 9 }, () => `*a${level - 1}`);
    levels.push(`a${level}: &a${level} { <<: [${all.join(", ")}] }`);
  }
  assert.match(refusal(levels.join("\n")), /merges more than 250 maps.*\[large-merge\]/);
  const many = ["many:", ...Array.from({ length: 251 }, () => "  - { <<: *a0 }")];
  assert.match(refusal([...levels.slice(0, 2), ...many].join("\n")), /<< stands in more than 250/);
});

Deno.test("parsePipeline() says of a second document and of inexact integers what they are", () => {
  assert.match(
    refusal(`${YAML}---\nname: second\n`),
    /"arm\.yaml:8:1": expected one document, found a second that begins here: .*\[second-document\]$/,
  );
  for (const seed of ["9007199254740993", "-9007199254740993", "0x7fffffffffffffff"]) {
    assert.equal(
      refusal(YAML.replace("seed: 7", `seed: ${seed}`)),
      `Cannot read "arm.yaml:2:7": expected an integer from -(2^53 - 1) to 2^53 - 1, found ${seed}: ` +
        "write at most 9007199254740991 [inexact-integer]",
    );
  }
  assert.equal(
    refusal(YAML.replace("seed: 7", "seed: 1e20")), // a float, out of range in two ways
    'Cannot use pipeline "arm.yaml:2:1": seed: expected at most 9007199254740991, found ' +
      "100000000000000000000: lower it [out-of-range]",
  );
  const largest = YAML.replace("seed: 7", "seed: 9007199254740991");
  assert.equal(parsePipeline(largest, "arm.yaml", CONTEXT).declaration.seed, 2 ** 53 - 1);
});

Deno.test("parsePipeline() tells of values, inputs and names at once, each at its place", () => {
  const lines = refusal(`name: arm
stages:
  generate: { kind: generate, environment: raech, episodes: -1 }
  check: { kind: validat, from: generate }
  merge: { kind: merge, from: [check, genrate] }
  train: { kind: train, from: merge, model: bd, lr: fast }
  evaluate: { kind: evaluate, from: train, policy: runs/arm/0001 }
`).split("\n");
  const expected = [
    /arm\.yaml:3:31": stages\.generate\.environment: .*"reach"\? \[unknown-environment\]/,
    /arm\.yaml:3:51: stages\.generate\.episodes: .*\[out-of-range\]/,
    /arm\.yaml:4:12: stages\.check\.kind: .*"validate"\? \[unknown-kind\]/,
    /arm\.yaml:5:25: stages\.merge\.from: .*"generate"\? \[unknown-input\]/,
    /arm\.yaml:6:38: stages\.train\.model: .*"bc"\? \[unknown-model\]/,
    /arm\.yaml:6:49: stages\.train\.lr: .*\[wrong-type\]/,
    /arm\.yaml:7:44: stages\.evaluate\.policy: .*\[two-sources\]/,
  ];
  assert.equal(lines.length, expected.length, lines.join("\n"));
  for (const [at, pattern] of expected.entries()) assert.match(lines[at]!, pattern);
});

Deno.test("parsePipeline() blames no stage for what a faulty one leaves open", () => {
  const faults = (text: string) => refusal(text).match(/\[[a-z-]+\]$/gm);
  // Its environment, its options and its consumers may be those of the stage that cannot be read.
  assert.deepEqual(
    faults(`name: arm
stages:
  generate: { kind: generate, episodes: 0 }
  other: { kind: generate, environment: reach }
  filter: { kind: filtr, from: other }
  merge: { kind: merge, from: [generate, filter], holdout: { test: 90 } }
  train: { kind: train, from: merge }
  evaluate: { kind: evaluate, from: train }
`),
    ["[wrong-type]", "[out-of-range]", "[unknown-kind]"],
  );
  // A cycle reads wrong kinds, and a misspelt input leaves the one that is meant without a reader.
  assert.deepEqual(
    faults(`name: arm
stages:
  generate: { kind: generate, environment: reach }
  first: { kind: validate, from: second }
  second: { kind: filter, from: first }
  merge: { kind: merge, from: [second, generatte], splitByInput: { generate: train } }
`),
    ["[cycle]", "[unknown-input]"],
  );
});

Deno.test("compilePipeline() says where in its file an unknown name stands, and once", () => {
  const { declaration, locate } = parsePipeline(
    `name: arm
stages:
  generate: { kind: generate, environment: raech }
  merge: { kind: merge, from: generate }
  train: { kind: train, from: merge, options: { wdith: 3 } }
  evaluate: { kind: evaluate, from: train }
`,
    "arm.yaml",
    CONTEXT,
  );
  assert.throws(() => compilePipeline(declaration, CONTEXT, locate), (error) => {
    assert.ok(error instanceof InvalidInputError);
    const [environment, option, ...others] = error.message.split("\n");
    assert.match(environment!, /"arm\.yaml:3:31": .*no environment "raech"/);
    assert.match(option!, /also arm\.yaml:5:49: .*no "wdith" to set/);
    assert.deepEqual(others, []);
    return true;
  });
});
