import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { addressFromEnvironment, connect } from "../../infra/temporal/connection.ts";
import { stopServer } from "../../infra/temporal/server.ts";
import { provideServer, temporalDirectory } from "../../runtime/services/services.ts";
import { summaryOf, TaskDirectory } from "../cli/_task_directory.ts";
import { definePipeline } from "../../mod.ts";
import { makeCertificates, OPENSSL, SecuredServer } from "../infra/_secured_server.ts";

const KEY = "canary-5e1f-api-key";

const PIPELINE = definePipeline({
  name: "secured",
  seed: 3,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 2, shard: 2, maxSteps: 20 },
    merge: { kind: "merge", from: "generate" },
  },
});

/** Lends a Temporal server and certificates. */
async function withServer(
  use: (site: { readonly directory: string; readonly target: string }) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "sluice-secured-" });
  try {
    await makeCertificates(root);
    const { server } = await provideServer(root, { environment: Deno.env.toObject() });
    await use({ directory: root, target: server.address });
  } finally {
    await stopServer(temporalDirectory(root));
    await Deno.remove(root, { recursive: true });
  }
}

/** Variables for a secured server. */
function variables(
  directory: string,
  { port, authority = "authority", client, apiKey, host = "localhost" }: {
    readonly port: number;
    readonly authority?: string;
    readonly client?: string;
    readonly apiKey?: string;
    readonly host?: string;
  },
): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: `${host}:${port}`,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(directory, `${authority}.pem`),
    ...(client === undefined ? {} : {
      TEMPORAL_TLS_CLIENT_CERT_PATH: join(directory, `${client}.pem`),
      TEMPORAL_TLS_CLIENT_KEY_PATH: join(directory, `${client}.key`),
    }),
    ...(apiKey === undefined ? {} : { TEMPORAL_API_KEY: apiKey }),
  };
}

async function connectBy(environment: Record<string, string>): Promise<void> {
  const connection = await connect(addressFromEnvironment(environment)!, 0);
  await connection.close();
}

const options = {
  ignore: !OPENSSL,
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
};

Deno.test({
  ...options,
  name: "connect() uses a client certificate, and says what a server lacks that demands one",
  fn: () =>
    withServer(async ({ directory, target }) => {
      await using secured = await SecuredServer.open({
        certificates: { directory },
        target,
        demandsCertificate: true,
      });
      const { port } = secured;
      await connectBy(variables(directory, { port, client: "client" }));
      await secured.passed;
      const demands = /Cannot reach the Temporal server at "localhost:\d+": .*TLS_CLIENT_CERT_PATH/;
      await assert.rejects(connectBy(variables(directory, { port })), demands);
      await assert.rejects(connectBy(variables(directory, { port, client: "stranger" })), demands);
      const mixed = {
        ...variables(directory, { port, client: "client" }),
        TEMPORAL_TLS_CLIENT_KEY_PATH: join(directory, "stranger.key"),
      };
      await assert.rejects(connectBy(mixed), /a client key that does not belong to/);
      const half = { ...mixed, TEMPORAL_TLS_CLIENT_KEY_PATH: "" };
      await assert.rejects(connectBy(half), /expected a client certificate and its key, found one/);
    }),
});

Deno.test({
  ...options,
  name: "connect() uses an API key, and says why a server does not answer",
  fn: () =>
    withServer(async ({ directory, target }) => {
      const apiKey = KEY, certificates = { directory };
      await using secured = await SecuredServer.open({ certificates, target, apiKey });
      const { port } = secured;
      const refused = async (environment: Record<string, string>, message: RegExp) => {
        await assert.rejects(connectBy(environment), (error: Error) => {
          assert.match(error.message, message);
          assert.ok(!/transport error|canary/.test(error.message), error.message);
          return true;
        });
      };
      await connectBy(variables(directory, { port, apiKey }));
      await refused(
        variables(directory, { port }),
        /that it demands an API key: set TEMPORAL_API_KEY/,
      );
      await refused(
        variables(directory, { port, apiKey: "canary-wrong" }),
        /that it rejects the API key: check TEMPORAL_API_KEY/,
      );
      await refused(
        variables(directory, { port, apiKey, authority: "others" }),
        /a certificate of an unknown authority: set TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
      );
      await refused(
        variables(directory, { port, apiKey, host: "127.0.0.1" }),
        /a certificate for another name: .* set TEMPORAL_TLS_SERVER_NAME/,
      );
      const named = variables(directory, { port, apiKey, host: "127.0.0.1" });
      await connectBy({ ...named, TEMPORAL_TLS_SERVER_NAME: "localhost" });
      await refused({ TEMPORAL_ADDRESS: `localhost:${port}` }, /that it expects TLS: set/);
      const plain = { ...variables(directory, { port }), TEMPORAL_ADDRESS: target };
      await refused(plain, /that it does not speak TLS: check the port/);
      await refused({ TEMPORAL_ADDRESS: "http://localhost:7233" }, /expected host:port/);
      const none = join(directory, "names");
      await refused(
        { ...variables(directory, { port }), TEMPORAL_TLS_SERVER_CA_CERT_PATH: none },
        /expected a PEM file/,
      );
    }),
});

Deno.test({
  ...options,
  name: "deno task pipeline runs on a server that demands a certificate and a key, and keeps both",
  fn: () =>
    withServer(async ({ directory, target }) => {
      await using secured = await SecuredServer.open({
        certificates: { directory },
        target,
        demandsCertificate: true,
        apiKey: KEY,
      });
      await using site = new TaskDirectory();
      const env = variables(directory, { port: secured.port, client: "client", apiKey: KEY });
      const declaration = site.write("secured.json", PIPELINE);
      const done = await site.run("pipeline", [declaration, "--json"], { env });
      assert.equal(summaryOf(done).status, "completed");
      assert.ok(!`${done.stdout}${done.stderr}`.includes(KEY));
      const files = readdirSync(site.path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
      assert.ok(files.some((file) => file.endsWith("/run.json")));
      const key = readFileSync(join(directory, "client.key"), "utf8").split("\n")[1]!;
      for (const file of files) {
        const content = readFileSync(file);
        assert.ok(!content.includes(KEY) && !content.includes(key), file);
      }
    }),
});
