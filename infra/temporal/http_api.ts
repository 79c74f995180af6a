import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writePrivateFile } from "../private_file.ts";
import { findFreePort } from "./ports.ts";

/**
 * HTTP API of Sluice's own server, which its web UI uses. A server answers anyone who names the
 * right host, and a web page can make its browser name any host under which it is served (DNS
 * rebinding); so the right one is a secret that no page knows and no resolver finds.
 */
export interface HttpApi {
  readonly port: number;
  /** Host name that a request must have. */
  readonly host: string;
}

/** First port to try; far from those of servers that people type. */
const FIRST_PORT = 15_233;

/**
 * Chooses the address of the API for a server that is about to start, and records it for its
 * clients.
 *
 * @param directory Absolute path of `<data root>/temporal`
 * @param address Address that the server listens on
 */
export async function createHttpApi(directory: string, address: string): Promise<HttpApi> {
  const port = await findFreePort(FIRST_PORT, address);
  const api: HttpApi = { port, host: `${randomBytes(20).toString("hex")}.invalid` };
  writePrivateFile(fileOf(directory), JSON.stringify(api) + "\n");
  return api;
}

/** The API of the server of a directory, null if nothing says, as of one of an earlier version. */
export function readHttpApi(directory: string): HttpApi | null {
  try {
    const { port, host } = JSON.parse(readFileSync(fileOf(directory), "utf8"));
    return Number.isInteger(port) && typeof host === "string" ? { port, host } : null;
  } catch {
    return null;
  }
}

/** Returns the arguments that configure the server. */
export function httpApiArguments({ port, host }: HttpApi): readonly string[] {
  return [
    ...["--http-port", String(port)],
    ...["--dynamic-config-value", `frontend.httpAllowedHosts=${JSON.stringify([host])}`],
  ];
}

function fileOf(directory: string): string {
  return join(directory, "http.json");
}

/** A question to the API. */
export interface HttpQuestion {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** JSON body, empty if there is none. */
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

/** An answer of the API. */
export interface HttpAnswer {
  readonly status: number;
  /** JSON. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** JSON as the UI reads it: payloads stay payloads. */
const JSON_TYPE = "application/json+no-payload-shorthand";

/**
 * Sends a request to the API. It uses node:http, because fetch() does not let callers choose a
 * host.
 */
export function askHttpApi(
  { port, host }: HttpApi,
  address: string,
  { method, path, body, signal }: HttpQuestion,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const headers = {
      host,
      accept: JSON_TYPE,
      "content-type": JSON_TYPE,
      "content-length": body.length,
    };
    const asked = request({ host: address, port, path, method, headers, signal }, (response) => {
      const chunks: Uint8Array[] = [];
      response.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", async () => {
        const body = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer()); // of bytes
        resolve({ status: response.statusCode ?? 502, body });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** Time that the API of a server that listens may take to answer (ms). */
const PATIENCE_MS = 1000;

/**
 * Asks the API which cluster it is of.
 *
 * @param address At which the server is reached
 * @returns Null if it is the API of another server
 * @throws {Error} If nothing answers
 */
export async function clusterIdOf(api: HttpApi, address: string): Promise<string | null> {
  const { status, body } = await askHttpApi(api, address, {
    method: "GET",
    path: "/api/v1/cluster-info",
    body: new Uint8Array(),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (status !== 200) return null;
  const { clusterId } = JSON.parse(new TextDecoder().decode(body));
  return typeof clusterId === "string" ? clusterId : null;
}
