import assert from "node:assert/strict";
import { parse } from "yaml";
import { METRICS } from "../../runtime/watch/metrics.ts";
import { hasProgram } from "./_programs.ts";

const FOLDER = new URL("../../infra/grafana/", import.meta.url);

/** Metrics of Temporal's SDK that the dashboard shows. */
const OF_TEMPORAL = ["temporal_worker_task_slots_available"];

async function read(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(name, FOLDER));
}

/** Names of metrics in an expression. */
function metricsIn(expression: string): string[] {
  return expression.match(/\b(?:sluice|temporal)_\w+/g) ?? [];
}

/** Whether promtool is there; Prometheus's packages have it. */
const PROMTOOL = await hasProgram("promtool", "--version");

Deno.test("the dashboard shows every metric of a worker, and no other", async () => {
  const { panels, templating } = JSON.parse(await read("dashboard.json"));
  const shown = panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
    targets.flatMap(({ expr }) => metricsIn(expr))
  );
  const known = [...Object.keys(METRICS), ...OF_TEMPORAL];
  assert.deepEqual([...new Set(shown)].sort(), known.sort());
  assert.match(JSON.stringify(templating), /label_values\(sluice_shards_total, pipeline\)/);
  const ids = panels.map(({ id }: { id: number }) => id);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("alert rules ask for metrics and labels that workers have", async () => {
  const { groups } = parse(await read("alerts.yaml"));
  const rules = groups.flatMap(({ rules }: { rules: object[] }) => rules);
  assert.ok(rules.length >= 6);
  const labels = new Set<string>(Object.values(METRICS).flatMap(({ labels }) => [...labels]));
  for (const { alert, expr, annotations } of rules) {
    assert.ok(metricsIn(expr).length > 0, alert);
    for (const name of metricsIn(expr)) assert.ok(name in METRICS, `${alert}: ${name}`);
    const used = JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g);
    for (const [, label] of used) assert.ok(label === "instance" || labels.has(label!), alert);
    assert.ok(annotations.summary && annotations.remedy, alert);
  }
});

Deno.test("docs/monitoring.md lists the metrics with their labels", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/monitoring.md", import.meta.url));
  for (const [name, { labels }] of Object.entries(METRICS)) {
    const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\``));
    assert.ok(row, `no row for ${name}`);
    for (const label of labels) assert.ok(row.includes(`\`${label}\``), `${name} lacks ${label}`);
  }
});

Deno.test({
  name: "promtool accepts the alert rules and their tests" +
    (PROMTOOL ? "" : " (skipped: there is none)"),
  ignore: !PROMTOOL,
  fn: async () => {
    for (const args of [["check", "rules", "alerts.yaml"], ["test", "rules", "alerts_test.yaml"]]) {
      const { success, stdout, stderr } = await new Deno.Command("promtool", { args, cwd: FOLDER })
        .output();
      const decoder = new TextDecoder();
      assert.ok(success, decoder.decode(stdout) + decoder.decode(stderr));
    }
  },
});
