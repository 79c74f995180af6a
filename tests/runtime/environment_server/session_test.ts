import assert from "node:assert/strict";
import { FRAME, type Frame } from "../../../core/frame.ts";
import { getEnvironment, rolloutCandidates } from "../../../sim/mod.ts";
import {
  arrayOf,
  type Conversation,
  converse,
  helloFrame,
  jsonFrame,
  readJson,
  resetFrame,
  resetFrames,
  stepFrame,
} from "./_client.ts";

const CHIPMUNK = { environment: "push-t", options: { engine: "chipmunk" } };

/** What a stage stores of candidates 0 and 1. */
async function stored(count: number, maxSteps: number) {
  return await rolloutCandidates({
    environment: getEnvironment("push-t", { engine: "chipmunk" }),
    policy: "scripted",
    seed: 4,
    stream: "generate",
    first: 0,
    count,
    maxSteps,
  });
}

function errorOf({ type, payload }: Frame): string {
  assert.equal(type, FRAME.error);
  const { name, message } = readJson({ type, payload });
  assert.equal(name, "InvalidInputError");
  return message;
}

Deno.test("serveEnvironment() gives the bits that a stage stores for the same actions", async () => {
  const { step, episode } = await stored(1, 12);
  const actions = Array.from(step["action"]!.data, Number);
  const rewards = Array.from(step["reward"]!.data, Number);
  const coverage = Array.from(step["info/coverage"]!.data, Number);
  function* conversation(): Conversation {
    const { arrays } = readJson(yield helloFrame({ ...CHIPMUNK, maxSteps: 12 }));
    const begun = yield resetFrame({ seed: 4 });
    assert.deepEqual(arrayOf(begun, arrays, "candidate"), [0]);
    const start = yield { type: FRAME.state, payload: new Uint8Array(4) };
    const state = episode["start_state"]!.data;
    assert.deepEqual(start.payload, new Uint8Array(state.buffer, 0, state.byteLength));
    for (let t = 0; t < 12; t++) {
      const answer = yield stepFrame(actions.slice(2 * t, 2 * t + 2));
      assert.deepEqual(arrayOf(answer, arrays, "reward"), [rewards[t]]);
      assert.deepEqual(arrayOf(answer, arrays, "info/coverage"), [coverage[t]]);
      assert.deepEqual(arrayOf(answer, arrays, "flags"), [t === 11 ? 2 : 0]);
    }
    const next = yield resetFrame({ seed: -1, stream: "" });
    assert.deepEqual(arrayOf(next, arrays, "candidate"), [1]);
  }
  assert.deepEqual(await converse(conversation()), []);
});

Deno.test("serveEnvironment() steps worlds on several threads as on one", async () => {
  const answers = new Map<number, Uint8Array[]>();
  for (const threads of [1, 3]) {
    const found: Uint8Array[] = [];
    const conversation = function* (): Conversation {
      const autoreset = "same-step";
      const hello = { ...CHIPMUNK, worlds: 5, threads, autoreset, maxSteps: 3, policy: "scripted" };
      yield helloFrame({ ...hello, picture: { width: 16, height: 16 } });
      const worlds = [0, 1, 2, 3, 4];
      found.push(
        (yield resetFrames(worlds.map((world) => resetFrame({ world, seed: world })))).payload,
      );
      for (let t = 0; t < 7; t++) {
        const { payload } = yield { type: FRAME.act, payload: new Uint8Array() };
        found.push(payload);
        const actions = Array.from(new Float32Array(payload.buffer));
        found.push((yield stepFrame(actions)).payload);
      }
      const fourth = Uint8Array.of(3, 0, 0, 0);
      found.push((yield { type: FRAME.state, payload: fourth }).payload);
      found.push((yield { type: FRAME.render, payload: fourth }).payload);
      assert.match(
        errorOf(yield stepFrame([NaN, ...new Array(9).fill(0)])),
        /component 0 of world 0/,
      );
      found.push((yield stepFrame(new Array(10).fill(256))).payload);
    };
    assert.deepEqual(await converse(conversation()), []);
    answers.set(threads, found);
  }
  assert.equal(answers.get(1)!.length, 18);
  assert.deepEqual(answers.get(3), answers.get(1));
});

Deno.test("serveEnvironment() refuses clients of other versions, and requests without sense", async () => {
  for (
    const [first, said] of [
      [jsonFrame(FRAME.hello, { protocol: 2, version: "0.1.0" }), /expected protocol 1/],
      [jsonFrame(FRAME.hello, { protocol: 1, version: "9.9.9" }), /"9\.9\.9": install the package/],
      [jsonFrame(FRAME.hello, []), /found protocol undefined|found protocol nothing/],
      [{ type: FRAME.hello, payload: Uint8Array.of(255, 1) }, /a first frame of JSON/],
      [helloFrame({ environment: "reach", worlds: 0 }), /worlds/],
      [helloFrame({ environment: "reach", speed: 3 }), /speed/],
    ] as const
  ) {
    assert.deepEqual(
      await converse((function* (): Conversation {
        assert.match(errorOf(yield first), said);
      })()),
      [],
    );
  }
});

Deno.test("serveEnvironment() goes on after a request that it refuses", async () => {
  const bytes = (length: number) => new Uint8Array(length);
  function* conversation(): Conversation {
    const { arrays } = readJson(yield helloFrame(CHIPMUNK));
    assert.match(errorOf(yield stepFrame([1, 2])), /reset first/);
    assert.match(errorOf(yield resetFrame({ seed: -1 })), /expected a seed/);
    yield resetFrame({ seed: 4 });
    for (
      const [request, said] of [
        [stepFrame([1]), /expected 1 × 2 float32, found 4 bytes/],
        [stepFrame([1, Infinity]), /Infinity in component 1/],
        [{ type: FRAME.reset, payload: bytes(0) }, /found no world/],
        [{ type: FRAME.reset, payload: bytes(31) }, /a rest of 31 bytes/],
        [resetFrame({ world: 1, seed: 4 }), /world 1 of 1/],
        [resetFrame({ seed: 0.5 }), /seed/],
        [resetFrame({ seed: 4, candidate: -2 }), /candidate/],
        [resetFrame({ seed: 4, stride: NaN }), /stride/],
        [{ type: FRAME.state, payload: Uint8Array.of(1, 0, 0, 0) }, /a number below 1/],
        [{ type: FRAME.act, payload: bytes(0) }, /Cannot ask the policy/],
        [{ type: 99, payload: bytes(0) }, /type 99/],
      ] as const
    ) {
      assert.match(errorOf(yield request), said);
    }
    const answer = yield stepFrame([1000, -5]);
    assert.deepEqual(arrayOf(answer, arrays, "flags"), [0]);
  }
  assert.deepEqual(await converse(conversation()), []);
});
