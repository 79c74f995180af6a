import { monotonicMs } from "../../core/monotonic.ts";
import type { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import type { NativeConnection } from "@temporalio/worker/lib/connection.js";
import { InvalidInputError, messageOf, MissingToolError } from "../../core/errors.ts";

/** Address of a Temporal server, and the access to it. */
export interface ServerAddress {
  /** `host:port` of the gRPC frontend. */
  readonly address: string;
  readonly namespace: string;
  /** Address of the web UI, null if it is not known. */
  readonly ui: string | null;
  readonly apiKey?: string;
  readonly tls?: TlsFiles | true;
  /** Whether the server is this data directory's own. */
  readonly own: boolean;
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly serverName?: string;
  readonly serverRootCa?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** Environment variables that Temporal's own tools read. */
export type Environment = Readonly<Record<string, string | undefined>>;

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
  try {
    return await readFile(file);
  } catch (error) {
    throw new InvalidInputError({
      action: "read the TLS file",
      place: file,
      problem: messageOf(error),
    });
  }
}

/** Interval between two attempts to reach a server (ms). */
const RETRY_INTERVAL_MS = 100;

/**
 * Connects to a server, by the worker's own transport: the client's, on Deno's HTTP/2, aborts the
 * process when a server goes away at the wrong moment.
 *
 * @param patienceMs How long it may take to answer
 * @throws {MissingToolError} If it does not answer
 */
export async function connect(
  server: ServerAddress,
  patienceMs = 10_000,
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
      return await NativeConnection.connect(options);
    } catch (error) {
      if (monotonicMs() > deadline) throw unreachable(server, error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL_MS));
    }
  }
}

/**
 * The innermost cause in a message of the native transport, which prints its errors as Rust does:
 * `Error(Transport, ConnectError(… Os { code: 111, message: "Connection refused" }))`.
 */
export function causeIn(message: string): string {
  return /\b(?:message|error): "([^"]+)"/.exec(message)?.[1] ?? message;
}

function unreachable({ address }: ServerAddress, error: unknown): MissingToolError {
  return new MissingToolError({
    action: "reach the Temporal server at",
    place: address,
    expected: "an answer",
    found: `"${causeIn(messageOf(error))}"`,
    remedy: "check TEMPORAL_ADDRESS, or unset it to use the data directory's own server",
  });
}
