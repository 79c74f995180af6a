import assert from "node:assert/strict";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { queueNames } from "../../runtime/run/run_identity.ts";
import { METRICS } from "../../runtime/watch/metrics.ts";
import { check, goChecker, pythonChecker } from "./_checkers.ts";
import { readImage } from "./_image.ts";

const CHART = new URL("../../infra/helm/sluice/", import.meta.url).pathname;

const HELM = await goChecker("helm");

const KUBERNETES = await pythonChecker("kubernetes-validate");

const ignore = HELM.path === null;

const SKIPPED = HELM.skipped;

const ADDRESS = "temporal.address=temporal.example.com:7234";

/** Values that use all that the chart has. */
const FULL = [
  ADDRESS,
  "pools.simulate.autoscaling.by=temporal",
  "pools.learn.autoscaling.by=cpu",
  "pools.program.autoscaling.by=backlog",
  ...["min=1", "max=2", "tasks=1"].map((setting) => `pools.program.autoscaling.${setting}`),
  "pools.program.queues={program}",
  "pools.program.threads=1",
  "taskQueues=sluice-0123456789ab-01234567",
  ...["tlsSecret=client", "apiKeySecret=key"].map((setting) => `temporal.${setting}`),
  "codecSecret=codec",
  "data.bucket=s3://robots/team",
  "data.s3.secret=store",
  "data.s3.endpoint=https://store.example.com:9000",
  "serviceAccountName=robots",
];

/**
 * Copies the chart, with a stand-in for the chart that it depends on, which is not in the checkout.
 *
 * @returns Its directory, removed when disposed of
 */
async function makeChart(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "sluice-chart-" });
  const { success } = await new Deno.Command("cp", { args: ["-r", `${CHART}.`, path] }).output();
  assert.ok(success);
  const { dependencies: [{ name, version }] } = parse(
    await Deno.readTextFile(join(path, "Chart.yaml")),
  );
  const standIn = join(path, "charts", name);
  await Deno.mkdir(join(standIn, "templates"), { recursive: true });
  const about = { apiVersion: "v2", name, version, description: "Stands in for Temporal's chart" };
  await Deno.writeTextFile(join(standIn, "Chart.yaml"), JSON.stringify(about));
  const namespaces = "{{ toJson .Values.server.config.namespaces | quote }}";
  await Deno.writeTextFile(
    join(standIn, "templates/server.yaml"),
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: server }\ndata: { it: ${namespaces} }\n`,
  );
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Renders the chart with values. @returns Its manifests as text */
async function renderText(values: readonly string[]): Promise<string> {
  await using chart = await makeChart();
  const sets = values.flatMap((value) => ["--set", value]);
  return await check(HELM, ["template", "site", chart.path, "--namespace", "robots", ...sets]);
}

/** Renders the chart with values. @returns Its manifests by kind and name */
async function render(values: readonly string[]) {
  const documents = parseAllDocuments(await renderText(values));
  const manifests = documents.map((document) => document.toJS()).filter(Boolean);
  return Object.fromEntries(
    manifests.map((manifest) => [`${manifest.kind}/${manifest.metadata.name}`, manifest]),
  );
}

Deno.test({
  name: `helm finds no fault in the chart, which needs the address of a server${SKIPPED}`,
  ignore,
  fn: async () => {
    await using chart = await makeChart();
    await check(HELM, ["lint", "--strict", chart.path, "--set", ADDRESS]);
    await assert.rejects(renderText([]), /set temporal\.address to the host:port/);
  },
});

/** Values that the chart refuses, and what it says. */
const REFUSED: readonly (readonly [values: string, message: RegExp])[] = [
  ["pools.learn.autoscaling.by=memory", /by': value must be one of '', 'cpu', 'temporal'/],
  ["pools.learn.autoscaling.by=temporal", /set taskQueues to what workers say when they start/],
  ["pools.learn.autoscaling.min=0", /min': minimum: got 0, want 1/],
  ["pools.learn.queues={lern}", /queues\/0': value must be one of 'simulate', 'learn'/],
  ["pools.mine.threads=1", /pools\/mine': missing properties 'queues', 'autoscaling'/],
  ["pools.learn.threads=many", /threads': got string, want integer/],
  ["temporal.address=https://temporal.example.com", /address': .* does not match pattern/],
  ["data.bucket=/mnt/data", /bucket': '\/mnt\/data' does not match pattern/],
  ["data.bukket=s3://robots", /additional properties 'bukket' not allowed/],
  ["data.s3.endpoint=http://store:9000", /insecure': value must be true/],
  ["taskQueues=simulate", /taskQueues': 'simulate' does not match pattern/],
];

Deno.test({
  name: `the chart refuses values that cannot be meant, by name${SKIPPED}`,
  ignore,
  fn: async () => {
    for (const [values, message] of REFUSED) {
      await assert.rejects(renderText([ADDRESS, values]), message, values);
    }
  },
});

Deno.test({
  name: `the chart's manifests are what Kubernetes expects${SKIPPED || KUBERNETES.skipped}`,
  ignore: ignore || KUBERNETES.path === null,
  fn: async () => {
    const file = await Deno.makeTempFile({ suffix: ".yaml" });
    try {
      for (const values of [[ADDRESS], ["temporal.enabled=true"], FULL]) {
        await Deno.writeTextFile(file, await renderText(values));
        await check(KUBERNETES, ["--kubernetes-version", "1.31.0", "--strict", "--quiet", file]);
      }
      await Deno.writeTextFile(file, (await renderText([ADDRESS])).replace("replicas", "replica"));
      await assert.rejects(check(KUBERNETES, ["--strict", file]), /'replica' was unexpected/);
    } finally {
      await Deno.remove(file);
    }
  },
});

Deno.test({
  name: `the chart's workers have no rights, are probed, and stop in their own time${SKIPPED}`,
  ignore,
  fn: async () => {
    const manifests = await render([ADDRESS]);
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
  name: `the chart scales by CPU and by what waits in Temporal's queues or Prometheus${SKIPPED}`,
  ignore,
  fn: async () => {
    const manifests = await render(FULL);
    const [temporal] = manifests["ScaledObject/site-simulate"].spec.triggers;
    const { taskQueue } = temporal.metadata;
    assert.equal(taskQueue, "sluice-0123456789ab-01234567-simulate");
    const queue = queueNames("/nowhere", "01234567").simulate;
    assert.equal(queue.replace(/-[0-9a-f]+-/, "-0123456789ab-"), taskQueue);
    for (const value of Object.values(temporal.metadata)) assert.equal(typeof value, "string");
    const access = manifests[`TriggerAuthentication/${temporal.authenticationRef.name}`];
    assert.deepEqual(
      access.spec.secretTargetRef.map(({ parameter }: { parameter: string }) => parameter),
      ["cert", "key", "ca", "apiKey"], // what KEDA's scaler has, since 2.17
    );
    const [prometheus] = manifests["ScaledObject/site-program"].spec.triggers;
    const [, metric] = /max\((\w+)\{queue="program"\}\)/.exec(prometheus.metadata.query)!;
    assert.ok(metric! in METRICS);
    const scaler = manifests["HorizontalPodAutoscaler/site-learn"].spec;
    assert.equal(scaler.scaleTargetRef.name, "site-learn");
    assert.equal(manifests["Deployment/site-learn"].spec.replicas, undefined); // the scaler's to say
  },
});

Deno.test({
  name: `the chart's workers share a bucket alone, and find secrets by name${SKIPPED}`,
  ignore,
  fn: async () => {
    const manifests = await render(FULL);
    assert.ok(!Object.keys(manifests).some((name) => name.startsWith("PersistentVolumeClaim/")));
    const { spec } = manifests["Deployment/site-learn"].spec.template;
    const [{ env, volumeMounts }] = spec.containers;
    assert.equal(spec.serviceAccountName, "robots");
    const variables = Object.fromEntries(
      env.map(({ name, value, valueFrom }: Record<string, unknown>) => [name, value ?? valueFrom]),
    );
    assert.equal(variables["SLUICE_HOME"], "s3://robots/team");
    assert.equal(variables["SLUICE_CACHE_BYTES"], String(2 ** 35));
    assert.equal(variables["SLUICE_CACHE"], volumeMounts[0].mountPath);
    assert.deepEqual(spec.volumes[0], { name: "data", emptyDir: { sizeLimit: "64Gi" } });
    for (
      const [variable, name, key] of [
        ["AWS_ACCESS_KEY_ID", "store", "access-key-id"],
        ["AWS_SECRET_ACCESS_KEY", "store", "secret-access-key"],
        ["TEMPORAL_API_KEY", "key", "api-key"],
        ["SLUICE_CODEC_KEY", "codec", "codec-key"],
      ] as const
    ) assert.deepEqual(variables[variable], { secretKeyRef: { name, key } });
    const files = Object.values(variables).filter((value) => String(value).startsWith("/secrets/"));
    assert.equal(files.length, 3);
    const { egress } = manifests["NetworkPolicy/site"].spec;
    assert.deepEqual(egress[2].ports, [{ protocol: "TCP", port: 9000 }]);
  },
});

Deno.test({
  name: `the chart installs a server by Temporal's own chart, and finds it${SKIPPED}`,
  ignore,
  fn: async () => {
    const manifests = await render(["temporal.enabled=true"]);
    const { create, namespace: [namespace] } = JSON.parse(manifests["ConfigMap/server"].data.it);
    const [{ env }] = manifests["Deployment/site-learn"].spec.template.spec.containers;
    assert.deepEqual([create, namespace.name], [true, env[1].value]);
    assert.equal(env[0].value, "site-temporal-frontend.robots.svc:7233");
    assert.ok(!("ConfigMap/server" in await render([ADDRESS])));
  },
});
