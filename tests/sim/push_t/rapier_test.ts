import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { RapierPushT } from "../../../sim/push_t/rapier_push_t.ts";

/** Drives the agent through the block, which is where contacts are. */
function push(engine: RapierPushT, stream: string, steps: number): readonly number[][] {
  const random = createRandom(1, stream, 0);
  return Array.from({ length: steps }, () => {
    const [, , , , x = 0, y = 0] = engine.pose;
    engine.step(x + random.uniform(-90, 90), y + random.uniform(-90, 90));
    return [...engine.pose];
  });
}

Deno.test("RapierPushT.restore() is exact the second time too, whatever was done since", async () => {
  using engine = await RapierPushT.create();
  engine.reset([200, 200, 260, 240, 1]);
  push(engine, "before", 30);
  const state = engine.snapshot();
  const expected = push(engine, "behind", 20);
  for (let time = 0; time < 3; time++) {
    engine.restore(state);
    assert.deepEqual(engine.snapshot(), state);
    assert.deepEqual(push(engine, "behind", 20), expected);
    const later = engine.snapshot();
    engine.moveAgent(100, 100, 50, 0);
    push(engine, "elsewhere", 5);
    assert.throws(() => engine.snapshot(), /found an agent that was moved/);
    if (time === 1) engine.restore(later);
  }
  using another = engine.createAnother();
  another.restore(state);
  assert.deepEqual(push(another, "behind", 20), expected);
});
