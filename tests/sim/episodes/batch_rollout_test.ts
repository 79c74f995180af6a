import assert from "node:assert/strict";
import {
  type BatchPolicy,
  type BatchRequest,
  getEnvironment,
  rolloutCandidates,
  type RolloutOptions,
} from "../../../sim/mod.ts";

/** Moves the hand of reach towards the target, by the observation alone. */
function act(observation: Float32Array): Float32Array {
  return Float32Array.from(
    { length: 4 },
    (_, i) => i === 3 ? 0 : observation[i + 17]! - observation[i + 14]!,
  );
}

/** The same policy for several episodes at once; notes what it was asked. */
class Batched implements BatchPolicy {
  readonly worlds: number;
  readonly asked: (readonly BatchRequest[])[] = [];
  readonly ended: number[] = [];

  constructor(worlds: number) {
    this.worlds = worlds;
  }

  act(requests: readonly BatchRequest[]): Promise<readonly Float32Array[]> {
    this.asked.push(requests);
    return Promise.resolve(requests.map(({ observation }) => act(observation)));
  }

  end(episode: number): void {
    this.ended.push(episode);
  }
}

const OPTIONS: Omit<RolloutOptions, "policy"> = {
  environment: getEnvironment("reach"),
  seed: 3,
  stream: "test",
  first: 5,
  count: 7,
  maxSteps: 12,
  randomize: true,
  actionNoise: 0.01,
};

Deno.test("rolloutCandidates() gives the rows of one world after another in batches", async () => {
  const one = await rolloutCandidates({ ...OPTIONS, policy: act });
  for (const worlds of [1, 3, 50]) {
    const policy = new Batched(worlds);
    assert.deepEqual(await rolloutCandidates({ ...OPTIONS, policy }), one, `${worlds} worlds`);
    assert.equal(Math.max(...policy.asked.map(({ length }) => length)), Math.min(worlds, 7));
    assert.deepEqual(policy.ended.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6]);
  }
});

Deno.test("rolloutCandidates() tells a batch policy once that an episode begins", async () => {
  const policy = new Batched(3);
  await rolloutCandidates({ ...OPTIONS, policy });
  const first = policy.asked.flat().filter(({ isFirst }) => isFirst);
  assert.deepEqual(first.map(({ episode }) => episode), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(new Set(first.map(({ seed }) => seed)).size, 7);
  // The seed is the candidate's, whatever goes on beside it.
  const alone = new Batched(1);
  await rolloutCandidates({ ...OPTIONS, first: 8, count: 1, policy: alone });
  assert.equal(alone.asked[0]![0]!.seed, first[3]!.seed);
});

Deno.test("rolloutCandidates() tries an episode again in its world", async () => {
  const attempts = { most: 3, until: "success" } as const;
  const options = { ...OPTIONS, count: 4, maxSteps: 3, attempts };
  const policy = new Batched(2);
  const table = await rolloutCandidates({ ...options, policy });
  assert.deepEqual(table, await rolloutCandidates({ ...options, policy: act }));
  assert.equal(policy.ended.length, 12); // nothing comes off in three steps
});

Deno.test("rolloutCandidates() ends a batch at the signal", async () => {
  const controller = new AbortController(), policy = new Batched(2);
  const rollout = rolloutCandidates({
    ...OPTIONS,
    policy,
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("enough")),
  });
  await assert.rejects(rollout, /enough/);
});
