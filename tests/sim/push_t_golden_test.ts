import assert from "node:assert/strict";
import { join } from "node:path";
import { ChipmunkPushT } from "../../sim/push_t/chipmunk/chipmunk_push_t.ts";
import { coverageOf } from "../../sim/push_t/coverage.ts";
import { pythonEnvironment, runPython } from "../../tools/python_env.ts";
import { readReplays, type Replay, replayErrors } from "./_push_t_replays.ts";

/**
 * One sequence of each kind, recorded in gym-pusht 0.1.8 with pymunk 6.11.1 (Python 3.11, NumPy
 * 2.4.6, Linux x64) by `python push_t_golden.py record push_t_golden.f64 1`.
 */
const GOLDEN = new URL("push_t_golden.f64", import.meta.url);
const SCRIPT = new URL("push_t_golden.py", import.meta.url);
/** Tolerance over 300 steps (px and rad). */
const TOLERANCE = 1e-6;

const golden = readReplays(await Deno.readFile(GOLDEN));
const { python, reason } = await pythonEnvironment("tests");

function assertSame(replays: readonly Replay[]): void {
  const engine = new ChipmunkPushT();
  for (const [i, replay] of replays.entries()) {
    const worst = Math.max(...replayErrors(engine, replay));
    assert.ok(worst <= TOLERANCE, `${replay.kind} (sequence ${i}): ${worst}`);
  }
}

Deno.test("ChipmunkPushT does what gym-pusht did in the stored sequences", () => {
  assert.equal(golden.length, 4);
  assertSame(golden);
});

Deno.test("coverageOf() is what gym-pusht's Shapely found in the stored sequences", () => {
  for (const { steps } of golden) {
    for (const [, , , , x, y, angle, coverage] of steps) {
      assert.ok(Math.abs(coverageOf(x!, y!, angle!) - coverage!) < 1e-12);
    }
  }
  const covered = golden.filter(({ steps }) => steps.some((step) => step[7]! > 0.3));
  assert.ok(covered.length >= 1);
});

Deno.test("ChipmunkPushT continues from a snapshot of any moment to the bit", () => {
  const engine = new ChipmunkPushT(), other = new ChipmunkPushT();
  for (const { start, steps } of golden) {
    for (const at of [0, 1, 77, 150, 240]) {
      engine.reset(start);
      for (const [x, y] of steps.slice(0, at)) engine.step(x!, y!);
      const state = engine.snapshot();
      other.restore(state);
      assert.deepEqual(other.snapshot(), state);
      for (const [x, y] of steps.slice(at, at + 40)) {
        engine.step(x!, y!);
        other.step(x!, y!);
        assert.deepEqual(other.snapshot(), engine.snapshot());
      }
    }
  }
});

Deno.test({
  name: `ChipmunkPushT does what gym-pusht does in fresh sequences${
    reason === null ? "" : ` (skipped: ${reason})`
  }`,
  ignore: python === null,
  async fn() {
    const directory = await Deno.makeTempDir({ prefix: "sluice-" });
    try {
      const file = join(directory, "fresh.f64");
      await runPython(python!, await Deno.readTextFile(SCRIPT), ["record", file, "6"]);
      assertSame(readReplays(await Deno.readFile(file)));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
