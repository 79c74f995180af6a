import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { BlockFrame } from "../../../sim/push_t/planner/block_frame.ts";
import {
  CLEARANCE,
  EDGES,
  entersBlock,
  leaveBlock,
  NODES,
} from "../../../sim/push_t/planner/block_outline.ts";
import { Ways } from "../../../sim/push_t/planner/ways.ts";

Deno.test("EDGES go around the T with normals that point outward", () => {
  assert.equal(EDGES.reduce((sum, { length }) => sum + length, 0), 480);
  for (const { from, to, normal } of EDGES) {
    const [x, y] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
    const at = (distance: number) => [x + distance * normal[0], y + distance * normal[1]] as const;
    assert.ok(entersBlock(...at(-1), ...at(-1.5), 0));
    assert.ok(!entersBlock(...at(1), ...at(1.5), 0));
  }
  for (const node of NODES) assert.deepEqual(leaveBlock(...node), node);
});

Deno.test("entersBlock() says what points along the segment say", () => {
  const random = createRandom(1, "segments", 0);
  for (let i = 0; i < 500; i++) {
    const draw = () => random.uniform(-120, 160);
    const ax = draw(), ay = draw(), bx = draw(), by = draw();
    const isInside = (share: number) => {
      const x = ax + share * (bx - ax), y = ay + share * (by - ay);
      return Math.abs(x) < 60 + CLEARANCE && y > -CLEARANCE && y < 30 + CLEARANCE ||
        Math.abs(x) < 15 + CLEARANCE && y > 30 - CLEARANCE && y < 120 + CLEARANCE;
    };
    const touched = Array.from({ length: 2001 }, (_, k) => isInside(k / 2000)).includes(true);
    // What only grazes a corner may lie between two points.
    if (touched) assert.ok(entersBlock(ax, ay, bx, by));
    else assert.ok(!entersBlock(ax, ay, bx, by, CLEARANCE - 0.5));
  }
});

Deno.test("Ways lead around the block, as far as they say", () => {
  const random = createRandom(2, "ways", 0);
  let found = 0;
  for (let i = 0; i < 300; i++) {
    const frame = new BlockFrame(random.uniform(150, 350), random.uniform(150, 350), i);
    const from = frame.toLocal(random.uniform(20, 490), random.uniform(20, 490));
    const to = frame.toLocal(random.uniform(20, 490), random.uniform(20, 490));
    if (entersBlock(...from, ...from) || entersBlock(...to, ...to)) continue;
    const ways = new Ways(frame, frame.toWorld(...from));
    const way = ways.to(...to);
    assert.equal(way === null, ways.lengthTo(...to) === Infinity);
    if (way === null) continue;
    found++;
    let length = 0, at = from;
    for (const corner of way.map((point) => frame.toLocal(...point))) {
      assert.ok(!entersBlock(...at, ...corner, CLEARANCE - 1e-6));
      length += Math.hypot(corner[0] - at[0], corner[1] - at[1]);
      at = corner;
    }
    assert.ok(Math.abs(length - ways.lengthTo(...to)) < 1e-9);
    assert.ok(Math.hypot(at[0] - to[0], at[1] - to[1]) < 1e-9);
  }
  assert.ok(found > 100, `${found}`);
});
