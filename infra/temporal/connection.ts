import { monotonicMs } from "../../core/monotonic.ts";
import type { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import type { NativeConnectionOptions } from "@temporalio/worker";
import type { NativeConnection } from "@temporalio/worker/lib/connection.js";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { connectionFault } from "./connection_fault.ts";
import type { Environment, ServerAddress, TlsFiles } from "./server_address.ts";

export type { Environment, ServerAddress } from "./server_address.ts";

/** The server that the environment names, null if it names none. */
export function addressFromEnvironment(environment: Environment): ServerAddress | null {
  const address = environment["TEMPORAL_ADDRESS"];
  if (!address) return null;
  const apiKey = environment["TEMPORAL_API_KEY"];
  const tls = tlsFromEnvironment(environment);
  return {
    address,
    namespace: environment["TEMPORAL_NAMESPACE"] || "default",
    ui: environment["TEMPORAL_UI_ADDRESS"] || null,
    own: false,
    ...(apiKey ? { apiKey } : {}),
    // A key without TLS would cross the network in clear text.
    ...(tls ? { tls } : apiKey ? { tls: true } : {}),
  };
}

function tlsFromEnvironment(environment: Environment): TlsFiles | true | null {
  const files = {
    serverName: environment["TEMPORAL_TLS_SERVER_NAME"],
    serverRootCa: environment["TEMPORAL_TLS_SERVER_CA_CERT_PATH"] ?? environment["TEMPORAL_TLS_CA"],
    certificate: environment["TEMPORAL_TLS_CLIENT_CERT_PATH"] ?? environment["TEMPORAL_TLS_CERT"],
    key: environment["TEMPORAL_TLS_CLIENT_KEY_PATH"] ?? environment["TEMPORAL_TLS_KEY"],
  };
  const given = Object.entries(files).filter(([, value]) => value);
  if (given.length > 0) return Object.fromEntries(given);
  return /^(1|true)$/i.test(environment["TEMPORAL_TLS"] ?? "") ? true : null;
}

/** Connection options that the SDK's client and its worker share. */
async function connectionOptions({ address, apiKey, tls }: ServerAddress) {
  if (!/^[^\s/:@]+:\d{1,5}$|^\[[\da-f:]+\]:\d{1,5}$/i.test(address)) {
    throw new InvalidInputError({
      action: "read TEMPORAL_ADDRESS",
      place: address,
      expected: "host:port",
      remedy: "write e.g. temporal.example.com:7233",
    });
  }
  return {
    address,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(tls === undefined ? {} : { tls: tls === true ? true : await readTls(tls) }),
  };
}

async function readTls({ serverName, serverRootCa, certificate, key }: TlsFiles) {
  if ((certificate === undefined) !== (key === undefined)) {
    throw new InvalidInputError({
      action: "use TLS",
      expected: "a client certificate and its key",
      found: "one of them",
      remedy: "set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH",
    });
  }
  return {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(serverRootCa === undefined ? {} : { serverRootCACertificate: await readPem(serverRootCa) }),
    ...(certificate === undefined || key === undefined
      ? {}
      : { clientCertPair: { crt: await readPem(certificate), key: await readPem(key) } }),
  };
}

async function readPem(file: string): Promise<Buffer> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    throw new InvalidInputError({
      action: "read the TLS file",
      place: file,
      problem: messageOf(error),
    });
  }
  if (content.includes("-----BEGIN ")) return content;
  throw new InvalidInputError({
    action: "read the TLS file",
    place: file,
    expected: "a PEM file",
    found: "no line that begins with -----BEGIN",
    remedy: "convert it, or name another file",
  });
}

/** Interval between two attempts to reach a server (ms). */
const RETRY_INTERVAL_MS = 100;

/**
 * Connects to a server, by the worker's own transport: the client's, on Deno's HTTP/2, aborts the
 * process when a server goes away at the wrong moment.
 *
 * @param patienceMs How long it may take to answer
 * @param plugins From which clients and workers on it take interceptors
 * @throws {MissingToolError} If it does not answer
 * @throws {InvalidInputError} If it refuses the access that was given
 */
export async function connect(
  server: ServerAddress,
  patienceMs = 10_000,
  plugins: Readonly<NonNullable<NativeConnectionOptions["plugins"]>> = [],
): Promise<NativeConnection> {
  // By file: the package as a whole loads its bundler with it, which commands have no use for. And
  // only here: a command that talks to no server starts in half the time.
  const { NativeConnection } = await import("@temporalio/worker/lib/connection.js");
  const { installRuntime } = await import("./runtime.ts");
  installRuntime();
  const options = await connectionOptions(server);
  const deadline = monotonicMs() + patienceMs;
  for (;;) {
    try {
      return await NativeConnection.connect({ ...options, plugins: [...plugins] });
    } catch (thrown) {
      const { error, passing } = connectionFault(server, messageOf(thrown));
      if (!passing || monotonicMs() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL_MS));
    }
  }
}
