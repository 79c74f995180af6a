import assert from "node:assert/strict";
import { createRandom, type RandomGenerator } from "../../../core/random.ts";
import {
  type ScheduledEdge,
  scheduleEdges,
  type ScheduleInput,
} from "../../../sim/action_bank/schedule.ts";

function edge(scope: string, name: string, options: Partial<ScheduledEdge> = {}): ScheduledEdge {
  return { scope, name, src: "a", sink: "a", duration: 1, ...options };
}

const NODES = { left: ["a", "b"], right: ["a"] };

/** What the schedule refuses, as `<edge>: <check>`. */
function faultsOf(input: Partial<ScheduleInput>): readonly string[] {
  const { findings } = scheduleEdges({ nodes: NODES, edges: [], sync: {}, ...input });
  return findings.map(({ edge, check }) => `${edge}: ${check}`);
}

Deno.test("scheduleEdges() runs scopes side by side, each in order, and waits where sync says", () => {
  const { schedule } = scheduleEdges({
    nodes: NODES,
    edges: [
      edge("left", "reach", { duration: 5, sink: "b" }),
      edge("left", "lift", { duration: 3, src: "b" }),
      edge("right", "open", { duration: 2 }),
      edge("right", "close", { duration: 4 }),
    ],
    sync: { close: ["reach"], lift: ["close"] },
  });
  assert.deepEqual(
    schedule?.entries.map(({ edge, begin, end }) => [edge.name, begin, end]),
    [["reach", 0, 5], ["lift", 9, 12], ["open", 0, 2], ["close", 5, 9]],
  );
  assert.equal(schedule?.makespan, 12);
});

Deno.test("scheduleEdges() takes the least makespan that any feasible schedule has", () => {
  let waiting = 0;
  for (let index = 0; index < 200; index++) {
    const input = drawBank(createRandom(11, "schedule", index));
    const { schedule } = scheduleEdges(input);
    const least = leastMakespan(input);
    if (least === null) {
      assert.equal(schedule, null, `bank ${index} has a schedule in spite of its cycle`);
      continue;
    }
    assert.equal(schedule?.makespan, least, `bank ${index}`);
    assert.ok(isFeasible(input, schedule!.entries.map(({ begin }) => begin)), `bank ${index}`);
    if (Object.keys(input.sync).length > 0) waiting++;
  }
  assert.ok(waiting > 50, `only ${waiting} banks had an edge that waits`);
});

Deno.test("scheduleEdges() names every fault", () => {
  assert.deepEqual(
    faultsOf({ edges: [edge("left", "go", { src: "x" }), edge("middle", "on")] }),
    ["go: unknown-node", "on: unknown-node", "on: unknown-node"],
  );
  assert.deepEqual(faultsOf({ edges: [edge("left", "go", { src: "b" })] }), [
    "go: unreachable-edge",
  ]);
  assert.deepEqual(
    faultsOf({
      edges: [edge("left", "go", { duration: -1 }), edge("left", "on", { duration: .5 })],
    }),
    ["go: negative-duration", "on: negative-duration"],
  );
  assert.deepEqual(faultsOf({ edges: [edge("left", "go"), edge("right", "go")] }), [
    "go: duplicate-edge",
  ]);
  assert.deepEqual(faultsOf({ edges: [edge("left", "go")], sync: { go: ["went"], on: ["go"] } }), [
    "go: unknown-edge",
    "on: unknown-edge",
  ]);
  const two = [edge("left", "go"), edge("right", "on")];
  assert.deepEqual(faultsOf({ edges: two, sync: { go: ["on"], on: ["go"] } }), ["go: cycle"]);
  // The order within a scope is a dependency, too.
  const order = [edge("left", "first"), edge("left", "second")];
  assert.deepEqual(faultsOf({ edges: order, sync: { first: ["second"] } }), ["first: cycle"]);
  const late = [edge("left", "go", { duration: 5 }), edge("left", "on", { start: 4 })];
  assert.deepEqual(faultsOf({ edges: late }), ["on: overlap"]);
  const after = [edge("left", "go", { duration: 5 }), edge("left", "on", { start: 7 })];
  assert.equal(scheduleEdges({ nodes: NODES, edges: after, sync: {} }).schedule?.makespan, 8);
});

/** Up to four short edges in two scopes, some of which wait for others. */
function drawBank(random: RandomGenerator): ScheduleInput {
  const whole = (low: number, high: number) => Math.floor(random.uniform(low, high + 1));
  const edges = Array.from(
    { length: whole(1, 4) },
    (_, i) => edge(whole(0, 1) === 0 ? "left" : "right", `e${i}`, { duration: whole(0, 3) }),
  );
  const sync: Record<string, string[]> = {};
  for (let i = whole(0, 3); i > 0; i--) {
    const waits = edges[whole(0, edges.length - 1)]!, awaited = edges[whole(0, edges.length - 1)]!;
    if (waits !== awaited) (sync[waits.name] ??= []).push(awaited.name);
  }
  return { nodes: NODES, edges, sync };
}

/** The least makespan of all feasible starts, by trying all; null where there are none. */
function leastMakespan(input: ScheduleInput): number | null {
  const { edges } = input;
  const latest = edges.reduce((sum, { duration }) => sum + duration, 0);
  let least: number | null = null;
  function visit(starts: readonly number[]): void {
    if (starts.length === edges.length) {
      if (!isFeasible(input, starts)) return;
      const makespan = Math.max(...starts.map((start, i) => start + edges[i]!.duration));
      least = Math.min(least ?? makespan, makespan);
      return;
    }
    for (let start = 0; start <= latest; start++) visit([...starts, start]);
  }
  visit([]);
  return least;
}

/**
 * Returns whether starts are feasible. If edges have no duration, only their order tells two in the
 * same step apart.
 */
function isFeasible({ edges, sync }: ScheduleInput, starts: readonly number[]): boolean {
  const index = new Map(edges.map(({ name }, i) => [name, i]));
  const after = edges.map(({ name, scope }, i) => [
    ...(sync[name] ?? []).map((awaited) => index.get(awaited)!),
    ...edges.flatMap((other, j) => other.scope === scope && j < i ? [j] : []),
  ]);
  const inTime = after.every((before, i) =>
    before.every((j) => starts[j]! + edges[j]!.duration <= starts[i]!)
  );
  const done = new Set<number>();
  while (inTime) {
    const next = after.findIndex((before, i) => !done.has(i) && before.every((j) => done.has(j)));
    if (next < 0) break;
    done.add(next);
  }
  return inTime && done.size === edges.length;
}
