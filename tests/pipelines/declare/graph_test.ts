import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { orderStages } from "../../../pipelines/declare/graph.ts";

const GRAPH = new URL("../../../pipelines/declare/graph.ts", import.meta.url).href;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;

/** Output of `deno check` on a declaration, one stage a line from line 4 on. */
async function checkStages(stages: readonly string[]) {
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/declaration.ts`;
    const lines = [
      `import { definePipeline } from "${GRAPH}";`,
      `export const pipeline = definePipeline({`,
      `  name: "typed", seed: 1, stages: {`,
      ...stages,
      `  } });`,
    ];
    await Deno.writeTextFile(file, lines.join("\n"));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--config", CONFIG, file],
      env: { NO_COLOR: "1" },
    }).output();
    return { success, output: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("definePipeline() type-checks when every stage, input and parameter exists", async () => {
  const { success, output } = await checkStages([
    `generate: { kind: "generate", environment: "reach", randomize: { friction: [0.8, 1.2] } },`,
    `validate: { kind: "validate", from: ["generate"] },`,
    `merge: { kind: "merge", from: "validate", split: { train: 1, validation: 0, test: 0 } },`,
    `train: { kind: "train", from: "merge", hidden: [64] },`,
    `again: { kind: "train", dataset: "runs/a/0001" },`,
  ]);
  assert.ok(success, output);
});

Deno.test("definePipeline() fails deno check at the line of a misspelt name", async () => {
  const { success, output } = await checkStages([
    `generate: { kind: "generate", environment: "reach", episode: 5 },`,
    `validate: { kind: "validate", from: "generat" },`,
    `filter: { kind: "filtre", from: "validate" },`,
    `merge: { kind: "merge", from: ["filter", "filtr"] },`,
    `train: { kind: "train", from: "merge", steps: "many" },`,
    `evaluate: { kind: "evaluate", form: "train" },`,
  ]);
  assert.ok(!success);
  const lines = [...output.matchAll(/declaration\.ts:(\d+):/g)].map((match) => Number(match[1]));
  assert.deepEqual([...new Set(lines)].sort(), [4, 5, 6, 7, 8, 9], output);
});

Deno.test("orderStages() puts every stage after its inputs or names a cycle", () => {
  let cycles = 0;
  for (let trial = 0; trial < 500; trial++) {
    const random = createRandom(11, "order", trial);
    const size = 1 + random.integer(12);
    const names = Array.from({ length: size }, (_, index) => `s${index}`);
    // Half of the trials only look back, so they must have an order; the rest may not.
    const acyclic = trial % 2 === 0;
    const inputs = new Map(names.map((name, index) => {
      const reach = acyclic ? index : size;
      const wanted = reach === 0 ? 0 : random.integer(3);
      return [name, Array.from({ length: wanted }, () => names[random.integer(reach)]!)] as const;
    }));
    const { order, cycle } = orderStages(inputs);
    if (order !== null) {
      assert.deepEqual([...order].sort(), [...names].sort());
      for (const [name, from] of inputs) {
        for (const input of from) assert.ok(order.indexOf(input) < order.indexOf(name));
      }
    } else {
      assert.ok(!acyclic);
      cycles++;
      assert.equal(cycle[0], cycle.at(-1));
      // Each is an input of the one behind it.
      cycle.slice(1).forEach((name, at) => assert.ok(inputs.get(name)!.includes(cycle[at]!)));
    }
  }
  assert.ok(cycles > 50, `expected many cyclic graphs, found ${cycles}`);
});

Deno.test("orderStages() keeps the declared order among stages that could stand either way", () => {
  const inputs = new Map([["b", []], ["a", []], ["c", ["a"]]]);
  assert.deepEqual(orderStages(inputs).order, ["b", "a", "c"]);
});
