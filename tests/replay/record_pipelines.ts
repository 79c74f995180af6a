/**
 * Records `pipelines.json.gz`: the histories of pipelines and their stages that completed, were paused,
 * were cancelled, failed, and had so many shards that a stage handed them to ranges. To be run where workflows
 * change so that open runs of older code cannot go on; CHANGELOG.md then says so.
 *
 *     deno run -A tests/replay/record_pipelines.ts
 */
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { definePipeline, type PipelineDeclaration } from "../../pipelines/mod.ts";
import { pauseSignal, resumeSignal } from "../../workflows/messages.ts";
import { chainOf, startPipeline } from "../workflows/_chain.ts";
import { FakeActivities, type FakeOptions } from "../workflows/_fake_activities.ts";
import { TestServer } from "../workflows/_temporal.ts";

/** One execution of one workflow. */
export interface StoredHistory {
  readonly scenario: string;
  readonly workflowId: string;
  readonly history: unknown;
}

const FILE = new URL("./pipelines.json.gz", import.meta.url);

type Handle = Awaited<ReturnType<typeof startPipeline>>;

interface Scenario {
  readonly fake?: Omit<FakeOptions, "before">;
  readonly declaration?: PipelineDeclaration;
  /** Called once, while this activity waits for it. */
  readonly during?: readonly [activity: string, act: (handle: Handle) => Promise<unknown>];
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  completed: { fake: { accepts: (candidate) => candidate % 16 < 9 } },
  paused: {
    during: ["generate", async (handle) => {
      await handle.signal(pauseSignal);
      await handle.signal(resumeSignal);
    }],
  },
  "paused in training": {
    during: ["train", async (handle) => {
      await handle.signal(pauseSignal);
      await handle.signal(resumeSignal);
    }],
  },
  cancelled: { during: ["train", (handle) => handle.cancel()] },
  failed: { fake: { accepts: () => false }, declaration: chainOf({ maxAttempts: 3 }) },
  quarantined: {
    fake: { quarantines: ["generate 1"] },
    declaration: definePipeline({
      name: "chain",
      stages: {
        generate: {
          kind: "generate",
          environment: "reach",
          episodes: 24,
          shard: 8,
          quarantine: "skip",
        },
        validate: { kind: "validate", from: "generate" },
        merge: { kind: "merge", from: "validate" },
      },
    }),
  },
  ranges: {
    declaration: definePipeline({
      name: "chain",
      stages: {
        generate: { kind: "generate", environment: "reach", episodes: 410, shard: 1 },
        merge: { kind: "merge", from: "generate" },
      },
    }),
  },
};

async function run(
  server: TestServer,
  { fake = {}, declaration = chainOf(), during }: Scenario,
): Promise<string> {
  const reached = Promise.withResolvers<void>(), acted = Promise.withResolvers<void>();
  const activities = new FakeActivities({
    ...fake,
    async before(name) {
      if (name !== during?.[0]) return;
      reached.resolve();
      await acted.promise;
    },
  });
  return await server.withWorkers(activities.activities, async (queues) => {
    const handle = await startPipeline(server, queues, declaration);
    if (during !== undefined) {
      await reached.promise;
      await during[1](handle);
      acted.resolve();
    }
    await handle.result().catch(() => {}); // two scenarios end so
    return handle.workflowId;
  });
}

async function historiesOf(server: TestServer, scenario: string, id: string) {
  const histories: StoredHistory[] = [];
  for await (const { workflowId, runId } of server.client.workflow.list()) {
    if (!workflowId.startsWith(id)) continue;
    const history = await server.client.workflow.getHandle(workflowId, runId).fetchHistory();
    // Names of processes and machines and places on them are nobody's business.
    const text = historyToJSON(history).replaceAll(/"\d+@.*?"/g, '"worker"')
      .replaceAll(/"stackTrace": ?"(?:[^"\\]|\\.)*"/g, '"stackTrace":""');
    histories.push({ scenario, workflowId, history: JSON.parse(text) });
  }
  return histories;
}

if (import.meta.main) {
  await using server = await TestServer.start();
  const histories: StoredHistory[] = [];
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const id = await run(server, scenario);
    histories.push(...await historiesOf(server, name, id));
  }
  const zipped = new Blob([JSON.stringify(histories)]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  await Deno.writeFile(FILE, zipped);
}
