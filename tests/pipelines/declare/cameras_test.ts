import assert from "node:assert/strict";
import {
  compilePipeline,
  definePipeline,
  estimatePlan,
  type StageDeclaration,
} from "../../../pipelines/mod.ts";
import { CONTEXT } from "../_context.ts";

type Generate = Extract<StageDeclaration<never>, { readonly kind: "generate" }>;

function planOf(generate: Partial<Generate>, context = CONTEXT) {
  return compilePipeline(
    definePipeline({
      name: "p",
      stages: { generate: { kind: "generate", environment: "reach", episodes: 40, ...generate } },
    }),
    context,
  );
}

function refuses(cameras: NonNullable<Generate["cameras"]>, expected: RegExp, spatial = true) {
  const reach = { ...CONTEXT.environments["reach"]!, isSpatial: spatial };
  const context = { ...CONTEXT, environments: { ...CONTEXT.environments, reach } };
  assert.throws(() => planOf({ cameras }, context), expected);
}

Deno.test("compilePipeline() fills in cameras, and no stage without them changes", () => {
  const [plain] = planOf({}).stages, [seen] = planOf({ cameras: [{ name: "front" }] }).stages;
  assert.equal("cameras" in plain!.parameters, false);
  assert.equal(plain!.parameters["shard"], 32);
  assert.notEqual(seen!.key, plain!.key);
  assert.deepEqual(seen!.parameters["cameras"], [{
    name: "front",
    width: 128,
    height: 128,
    image: true,
    depth: false,
    segmentation: false,
    shadows: true,
  }]);
});

Deno.test("compilePipeline() makes shards of pictures small enough for a thread", () => {
  const shardOf = (generate: Partial<Generate>) => planOf(generate).stages[0]!.chain!.shard;
  assert.equal(shardOf({ cameras: [{}] }), 6); // 200 steps of 49,152 bytes each
  assert.equal(shardOf({ cameras: [{ width: 8, height: 8 }] }), 32);
  assert.equal(shardOf({ cameras: [{ width: 2048, height: 2048 }] }), 1);
  assert.equal(shardOf({ cameras: [{}], shard: 50 }), 50);
});

Deno.test("estimatePlan() counts the pictures of cameras", () => {
  const bytesOf = (generate: Partial<Generate>) =>
    estimatePlan(planOf({ ...generate, shard: 40 }), CONTEXT)[0]!.bytes;
  const cameras = [{ width: 10, height: 20, depth: true, segmentation: true }];
  assert.equal(bytesOf({ cameras }) - bytesOf({}), 40 * 200 * 10 * 20 * (3 + 4 + 1));
});

Deno.test("compilePipeline() says what is wrong with a camera", () => {
  const position: [number, number, number] = [1, 0, 1],
    target: [number, number, number] = [0, 0, 0];
  refuses([{}, {}], /a second camera has no name/);
  refuses([{ name: "a" }, { name: "a" }], /two cameras "a"/);
  refuses([{ image: false }], /records nothing/);
  refuses([{ position }], /position and target, found one of them/);
  refuses([{ position, target: position }], /position equals its target/);
  refuses([{ position, target, view: "scene" }], /view or position, found both/);
  refuses([{ view: "sceen" }], /no view "sceen".*did you mean "scene"/);
  refuses([{ depth: true }], /the environment is flat/, false);
  refuses([{ width: 4 }], /width/);
  refuses([{ name: "Front" }], /begins with a letter/);
});
