/**
 * Measures how well a stage of many shards uses its workers: a real run of 2,000 shards on a real
 * server, larger ones simulated event by event, and a run that grows by a few shards.
 */
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { Worker } from "@temporalio/worker";
import { createRandom } from "../core/random.ts";
import { monotonicMs } from "../core/monotonic.ts";
import { identityWithSlots } from "../core/worker_identity.ts";
import { definePipeline } from "../pipelines/mod.ts";
import { startPipeline } from "../tests/workflows/_chain.ts";
import { FakeActivities } from "../tests/workflows/_fake_activities.ts";
import { SHARD_SECONDS, simulateStage } from "../tests/workflows/_simulated_stage.ts";
import { TestServer, workflowBundle } from "../tests/workflows/_temporal.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";
import { measureGrowing } from "./_growing.ts";

/** Least share of the slots' time in which they compute. */
const UTILISATION_BAR = 0.95;
/** Most events of a history, and its most bytes. */
const EVENTS_BAR = 10_000, BYTES_BAR = 10e6;

/** Shards and slots of the real run, whose shards only wait: 16 computing slots need 16 cores. */
const SHARDS = 2000, SLOTS = 16;

/** Mean time of a shard in the real run (s), and the deviation of its logarithm. */
const SECONDS = 1.5, DEVIATION = 0.3;

/** Simulated shards, and numbers of slots. */
const SIMULATED_SHARDS = 31_250, SIMULATED_SLOTS = [16, 64, 200, 400] as const;

/** @param options `episodes` is the number of shards of the real run */
export async function measureWindow(
  { seed, episodes = SHARDS }: BenchmarkOptions,
): Promise<readonly Figure[]> {
  return [
    ...SIMULATED_SLOTS.flatMap((slots) => simulated(seed, slots)),
    ...await real(seed, episodes),
    ...await measureGrowing(),
  ];
}

/** Draws times whose logarithms are normal, of a given mean (s). */
function timesOf(seed: number, stream: string, mean: number): () => number {
  const random = createRandom(seed, stream, 0);
  return () => mean * Math.exp(DEVIATION * random.normal() - DEVIATION ** 2 / 2);
}

function simulated(seed: number, slots: number): Figure[] {
  const seconds = timesOf(seed, `window/${slots}`, SHARD_SECONDS);
  const { utilisation, events } = simulateStage({ shards: SIMULATED_SHARDS, slots, seconds });
  return [
    {
      id: `window.simulated-${slots}`,
      name: `${SIMULATED_SHARDS} simulated shards: utilisation of ${slots} slots`,
      unit: "",
      value: utilisation,
      bar: { of: "value", least: UTILISATION_BAR },
    },
    {
      id: `window.simulated-${slots}-events`,
      name: "longest history of it",
      unit: "events",
      value: events,
      bar: { of: "value", most: EVENTS_BAR },
    },
  ];
}

async function real(seed: number, shards: number): Promise<Figure[]> {
  await using server = await TestServer.start();
  const seconds = timesOf(seed, "window/real", SECONDS);
  let waited = 0, begun = Infinity, ended = 0;
  const fake = new FakeActivities({
    slots: SLOTS,
    async before(name) {
      if (name !== "generate") return;
      const time = seconds();
      begun = Math.min(begun, monotonicMs());
      waited += time;
      await new Promise((resolve) => setTimeout(resolve, 1000 * time));
      ended = monotonicMs();
    },
  });
  const id = await runWith(server, fake, shards);
  const { events, bytes } = await longestHistory(server, id);
  return [
    {
      id: "window.real",
      name: `${shards} shards on a server, ${SECONDS} s each: utilisation of ${SLOTS} slots`,
      unit: "",
      value: waited / ((ended - begun) / 1000 * SLOTS),
      bar: { of: "value", least: UTILISATION_BAR },
    },
    {
      id: "window.real-events",
      name: "longest history of it",
      unit: "events",
      value: events,
      bar: { of: "value", most: EVENTS_BAR },
    },
    {
      id: "window.real-bytes",
      name: "largest history of it",
      unit: "bytes",
      value: bytes,
      bar: { of: "value", most: BYTES_BAR },
    },
  ];
}

/** Runs a stage with fake activities on one worker. @returns The id of its workflow */
async function runWith(
  server: TestServer,
  fake: FakeActivities,
  episodes: number,
): Promise<string> {
  const declaration = definePipeline({
    name: "window",
    stages: { generate: { kind: "generate", environment: "reach", episodes, shard: 1 } },
  });
  const queue = crypto.randomUUID();
  const worker = await Worker.create({
    connection: server.connection,
    activities: { ...fake.activities },
    taskQueue: queue,
    identity: identityWithSlots("window", SLOTS),
    maxConcurrentActivityTaskExecutions: SLOTS,
    workflowBundle: await workflowBundle(),
  });
  return await worker.runUntil(async () => {
    const queues = { simulate: queue, learn: queue };
    const handle = await startPipeline(server, queues, declaration);
    await handle.result();
    return handle.workflowId;
  });
}

async function longestHistory(server: TestServer, id: string) {
  let events = 0, bytes = 0;
  for await (const { workflowId, runId } of server.client.workflow.list()) {
    if (!workflowId.startsWith(id)) continue;
    const history = await server.client.workflow.getHandle(workflowId, runId).fetchHistory();
    events = Math.max(events, history.events?.length ?? 0);
    bytes = Math.max(bytes, historyToJSON(history).length); // base64 and names: above the server's own
  }
  return { events, bytes };
}
