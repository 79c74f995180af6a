import assert from "node:assert/strict";
import { InvalidInputError } from "../../core/errors.ts";
import { compilePipeline, parsePipeline } from "../../pipelines/mod.ts";
import { CONTEXT } from "./_context.ts";

/** The message that a text is refused with. */
function refusal(text: string): string {
  try {
    parsePipeline(text, "arm.yaml");
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
  const fromYaml = parsePipeline(YAML, "arm.yaml").declaration;
  assert.equal(fromYaml.seed, 7);
  const json = JSON.stringify(fromYaml, null, "\t");
  assert.deepEqual(parsePipeline(json, "arm.json").declaration, fromYaml);
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
  const { declaration } = parsePipeline(text, "arm.yaml");
  assert.deepEqual(declaration.stages["a"], declaration.stages["b"]);
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
