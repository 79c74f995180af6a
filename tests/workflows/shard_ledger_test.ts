import assert from "node:assert/strict";
import { createRandom } from "../../core/random.ts";
import { emptyLedger, ShardLedger } from "../../workflows/shard_ledger.ts";

function doneShard(shard: number, accepted: number) {
  const figures = { candidates: 8, accepted, steps: 80, successes: accepted, reasons: {} };
  return { shard, ...figures, cached: false, seconds: 1 };
}

/** Shards as ranges of one. */
function rangesOf(shards: readonly number[]): (readonly [number, number])[] {
  return shards.map((shard) => [shard, shard + 1] as const);
}

/** All shards that may begin, in their order. */
function takeAll(ledger: ShardLedger): number[] {
  const taken: number[] = [];
  for (let shard; (shard = ledger.take()) !== undefined;) taken.push(shard);
  return taken;
}

Deno.test("ShardLedger.state stays small however many shards a stage has", () => {
  const ledger = new ShardLedger(emptyLedger(1e9, { ready: true, lastShard: 1e9 - 1 }), null);
  for (let begun = 0; begun < 400; begun++) ledger.record(doneShard(ledger.take()!, 8));
  assert.ok(JSON.stringify(ledger.state).length < 500);
  const resumed = new ShardLedger(ledger.state, null);
  assert.equal(resumed.take(), 400);
  assert.equal(resumed.shardsDone, 400);
});

Deno.test("ShardLedger.take() gives shards in the order in which they became ready", () => {
  const random = createRandom(1, "test/ledger", 0);
  for (let round = 0; round < 100; round++) {
    const order = Array.from({ length: 12 }, (_, shard) => shard)
      .map((shard) => ({ shard, at: shard + random.uniform(0, 3) }))
      .sort((a, b) => a.at - b.at).map(({ shard }) => shard);
    const ledger = new ShardLedger(emptyLedger(12, { ready: false, lastShard: null }), null);
    const cut = random.integer(12);
    ledger.addReady(rangesOf(order.slice(0, cut)));
    const first = ledger.take();
    ledger.addReady(rangesOf(order.slice(cut)));
    assert.deepEqual([...(first === undefined ? [] : [first]), ...takeAll(ledger)], order);
  }
});

Deno.test("ShardLedger leaves out what is beyond the shard that completes the dataset", () => {
  const ledger = new ShardLedger(emptyLedger(6, { ready: true, lastShard: null }), 12);
  for (const shard of [0, 1, 2]) assert.equal(ledger.take(), shard);
  ledger.record(doneShard(1, 8));
  assert.equal(ledger.lastShard, null); // what shard 0 accepts comes first
  ledger.record(doneShard(0, 8));
  assert.equal(ledger.lastShard, 1);
  assert.deepEqual(takeAll(ledger), []);
  assert.ok(ledger.isComplete);
});

Deno.test("ShardLedger.extend() adds shards that may begin where nothing stands before the stage", () => {
  for (const ready of [true, false]) {
    const ledger = new ShardLedger(emptyLedger(2, { ready, lastShard: null }), 100);
    takeAll(ledger);
    ledger.extend(5, { ready });
    ledger.extend(3, { ready });
    assert.deepEqual(takeAll(ledger), ready ? [2, 3, 4] : []);
    assert.equal(ledger.shardsTotal, 5);
  }
});
