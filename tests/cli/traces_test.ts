import assert from "node:assert/strict";
import { definePipeline } from "../../mod.ts";
import { summaryOf, TaskDirectory } from "./_task_directory.ts";

const PIPELINE = definePipeline({
  name: "traced",
  seed: 5,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 4, shard: 2, maxSteps: 20 },
    merge: { kind: "merge", from: "generate" },
  },
});

/** A span, as OTLP has it in JSON. */
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
}

/** A collector of traces. */
function collect() {
  const spans = new Map<string, Span>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { resourceSpans } = await request.json();
    for (const { scopeSpans } of resourceSpans) {
      for (const scope of scopeSpans) {
        for (const span of scope.spans) spans.set(span.spanId, span);
      }
    }
    return Response.json({});
  });
  return { spans, server };
}

Deno.test("a run is one trace, from the command to each shard", async () => {
  await using site = new TaskDirectory();
  const { spans, server } = collect();
  await using _server = server;
  const env = { SLUICE_TRACES: `http://127.0.0.1:${server.addr.port}` };
  const declaration = site.write("traced.json", PIPELINE);
  summaryOf(await site.run("pipeline", [declaration, "--json"], { env }));
  const all = [...spans.values()];
  const roots = all.filter(({ name }) => name === "run traced");
  assert.equal(roots.length, 1, JSON.stringify(all.map(({ name }) => name)));
  /** Names from the root to a span. */
  const pathOf = (span: Span): readonly string[] => {
    const parent = spans.get(span.parentSpanId ?? "");
    return [...(parent === undefined ? [] : pathOf(parent)), span.name];
  };
  const shards = all.filter(({ name }) => name === "RunActivity:generate");
  assert.equal(shards.length, 2);
  for (const shard of shards) {
    assert.equal(shard.traceId, roots[0]!.traceId);
    assert.deepEqual(pathOf(shard), [
      "run traced",
      "StartWorkflow:pipeline",
      "RunWorkflow:pipeline",
      "StartChildWorkflow:shardedStage",
      "RunWorkflow:shardedStage",
      "StartActivity:generate",
      "RunActivity:generate",
    ]);
  }
});

Deno.test("deno task pipeline refuses to send traces over a network in clear text", async () => {
  await using site = new TaskDirectory();
  const declaration = site.write("traced.json", PIPELINE);
  for (const address of ["http://collector.example.com:4318", "4318", "ftp://127.0.0.1/"]) {
    const env = { SLUICE_TRACES: address };
    const { code, stderr } = await site.run("pipeline", [declaration], { env });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /Cannot use SLUICE_TRACES: expected the https address of an OTLP/);
  }
});
