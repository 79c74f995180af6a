import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { METRICS } from "../../runtime/watch/metrics.ts";
import { readImage } from "./_image.ts";
import { hasProgram } from "./_programs.ts";

const CHART = new URL("../../infra/helm/sluice/", import.meta.url).pathname;

const ignore = !await hasProgram("helm", "version");

const SKIPPED = ignore ? " (skipped: there is no helm)" : "";

const ADDRESS = "temporal.address=temporal.example.com:7234";

async function helm(...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("helm", { args: [...args] }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr) + decoder.decode(stdout));
  return decoder.decode(stdout);
}

/** Renders the chart with values. @returns Its manifests by kind and name */
async function render(...values: readonly string[]) {
  const sets = [ADDRESS, ...values].flatMap((value) => ["--set", value]);
  const documents = parseAllDocuments(await helm("template", "site", CHART, ...sets));
  const manifests = documents.map((document) => document.toJS()).filter(Boolean);
  return Object.fromEntries(
    manifests.map((manifest) => [`${manifest.kind}/${manifest.metadata.name}`, manifest]),
  );
}

Deno.test({
  name: `helm finds no fault in the chart${SKIPPED}`,
  ignore,
  fn: async () => {
    await helm("lint", "--strict", CHART, "--set", ADDRESS);
    await assert.rejects(helm("template", "site", CHART), /set temporal\.address to the host:port/);
    const wrong = ["--set", `${ADDRESS},pools.learn.autoscaling.by=memory`];
    await assert.rejects(
      helm("template", "site", CHART, ...wrong),
      /expected cpu, backlog or nothing/,
    );
  },
});

Deno.test({
  name: `the chart's workers have no rights, are probed, and stop in their own time${SKIPPED}`,
  ignore,
  fn: async () => {
    const manifests = await render();
    assert.deepEqual(Object.keys(manifests).sort(), [
      "Deployment/site-learn",
      "Deployment/site-simulate",
      "NetworkPolicy/site",
      "PersistentVolumeClaim/site-data",
    ]);
    const { spec } = manifests["Deployment/site-simulate"].spec.template;
    const [container] = spec.containers;
    const [user] = readImage().user.split(":");
    assert.equal(String(spec.securityContext.runAsUser), user);
    assert.equal(spec.securityContext.runAsNonRoot, true);
    assert.equal(spec.automountServiceAccountToken, false);
    assert.ok(spec.terminationGracePeriodSeconds > 300);
    assert.deepEqual(container.securityContext, {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
    for (const [probe, path] of [["liveness", "/healthz"], ["readiness", "/readyz"]] as const) {
      const { httpGet } = container[`${probe}Probe`];
      assert.equal(httpGet.path, path);
      assert.deepEqual(httpGet.httpHeaders, [{ name: "Host", value: "localhost" }]);
    }
    const mounts = container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
    assert.deepEqual(mounts, ["/data", "/tmp"]);
    const { egress } = manifests["NetworkPolicy/site"].spec;
    assert.deepEqual(egress[1].ports, [{ protocol: "TCP", port: 7234 }]);
  },
});

Deno.test({
  name: `the chart scales by CPU and by backlog, and passes secrets by name${SKIPPED}`,
  ignore,
  fn: async () => {
    const manifests = await render(
      "pools.simulate.autoscaling.by=backlog",
      "pools.learn.autoscaling.by=cpu",
      "temporal.tlsSecret=client",
      "temporal.apiKeySecret=key",
      "codecSecret=codec",
      "data.existingClaim=shared",
    );
    const [trigger] = manifests["ScaledObject/site-simulate"].spec.triggers;
    const [, metric] = /max\((\w+)\{queue="simulate"\}\)/.exec(trigger.metadata.query)!;
    assert.ok(metric! in METRICS);
    const scaler = manifests["HorizontalPodAutoscaler/site-learn"].spec;
    assert.equal(scaler.scaleTargetRef.name, "site-learn");
    assert.ok(!("PersistentVolumeClaim/site-data" in manifests));
    const { spec } = manifests["Deployment/site-learn"];
    assert.equal(spec.replicas, undefined); // the scaler's to say
    const [{ env }] = spec.template.spec.containers;
    const secrets = env.filter(({ valueFrom }: { valueFrom?: object }) => valueFrom !== undefined)
      .map(({ name }: { name: string }) => name);
    assert.deepEqual(secrets, ["TEMPORAL_API_KEY", "SLUICE_CODEC_KEY"]);
    const files = env.map(({ value }: { value?: string }) => value)
      .filter((value: string | undefined) => value?.startsWith("/secrets/"));
    assert.equal(files.length, 3);
  },
});
