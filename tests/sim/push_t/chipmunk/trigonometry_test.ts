import assert from "node:assert/strict";
import { cosineAndSine } from "../../../../sim/push_t/chipmunk/trigonometry.ts";
import { createRandom } from "../../../../core/random.ts";

Deno.test("cosineAndSine() is within one unit in the last place, and mostly the nearest double", () => {
  const out = new Float64Array(2), random = createRandom(1, "angles", 0);
  let different = 0;
  for (let i = 0; i < 20_000; i++) {
    const angle = random.uniform(-20, 20);
    cosineAndSine(angle, out);
    for (const [found, expected] of [[out[0]!, Math.cos(angle)], [out[1]!, Math.sin(angle)]]) {
      if (found === expected) continue;
      different++;
      assert.ok(Math.abs(found! - expected!) <= 2 ** -53, `${angle}: ${found} ${expected}`);
    }
  }
  assert.ok(different < 200, `${different}`);
});

Deno.test("cosineAndSine() is exact where there is nothing to round", () => {
  const out = new Float64Array(2);
  cosineAndSine(0, out);
  assert.deepEqual([...out], [1, 0]);
});
