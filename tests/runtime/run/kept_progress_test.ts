import assert from "node:assert/strict";
import { KeptProgress } from "../../../runtime/run/kept_progress.ts";
import type { ProgressView } from "../../../runtime/run/progress.ts";
import { createRandom } from "../../../core/random.ts";
import { progressOf, resultOf } from "../../cli/_progress.ts";

function viewOf(parts: Partial<ProgressView>): ProgressView {
  return { run: null, paused: false, live: {}, stages: [], ...parts };
}

Deno.test("KeptProgress keeps what an attempt had done that begins again at its checkpoint", () => {
  const kept = new KeptProgress(), stages = [progressOf("train", { state: "running" })];
  const at = (done: number) => viewOf({ stages, live: { train: { done, total: 50, loss: 1 } } });
  assert.equal(kept.next(at(40)).live["train"]?.done, 40);
  assert.equal(kept.next(viewOf({ stages })).live["train"]?.done, 40); // no attempt is under way
  assert.deepEqual(kept.next(at(30)).live["train"], { done: 40, total: 50, loss: 1 });
  assert.equal(kept.next(at(41)).live["train"]?.done, 41);
});

Deno.test("KeptProgress lets a chain need fewer shards, and a stage end", () => {
  const kept = new KeptProgress();
  const chain = (shardsDone: number, shardsTotal: number, candidates: number) =>
    viewOf({
      stages: [
        progressOf("generate", { state: "running", shardsDone, shardsTotal, candidates }),
      ],
    });
  kept.next(chain(20, 32, 640));
  assert.equal(kept.next(chain(12, 32, 384)).stages[0]?.shardsDone, 20); // the last report of old
  assert.equal(kept.next(chain(18, 18, 640)).stages[0]?.shardsDone, 18);
  const completed = progressOf("generate", { state: "completed", result: resultOf("generate") });
  kept.next(viewOf({ stages: [completed] }));
  const [stage] = kept.next(chain(18, 18, 640)).stages; // an older answer
  assert.deepEqual([stage?.state, stage?.result], ["completed", completed.result]);
});

Deno.test("KeptProgress never shows less than it has shown, whatever it is told", () => {
  const random = createRandom(1, "progress", 0), kept = new KeptProgress();
  let before = { candidates: 0, done: 0 };
  for (let step = 0; step < 500; step++) {
    const candidates = random.integer(100), done = random.integer(100);
    const stages = [
      progressOf("generate", { state: "running", candidates, shardsTotal: 4 }),
      progressOf("train", { state: "running" }),
    ];
    const live = random.integer(3) === 0 ? {} : { train: { done, total: 100 } };
    const view = kept.next(viewOf({ stages, live }));
    const now = {
      candidates: view.stages[0]!.candidates,
      done: view.live["train"]?.done ?? 0,
    };
    assert.ok(now.candidates >= before.candidates && now.done >= before.done);
    before = now;
  }
});
