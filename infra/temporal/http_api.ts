import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writePrivateFile } from "../private_file.ts";
import { findFreePort } from "./ports.ts";

/**
 * The HTTP API of our own server, by which its web UI asks. A server answers it to whoever names the
 * right host, and a web page can have its browser name any host that it is served under (DNS
 * rebinding); so the right one is a secret that no page knows and no resolver finds.
 */
export interface HttpApi {
  readonly port: number;
  /** Host name that a request must have. */
  readonly host: string;
}

/** First port that is tried; far from those of servers that a person types. */
const FIRST_PORT = 15_233;

/**
 * Chooses where the API of a server that is to be started listens, and keeps it for those who ask.
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
  /** JSON, empty if there is none. */
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

/** Asks the API. By node:http, because fetch() lets nobody name a host. */
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
