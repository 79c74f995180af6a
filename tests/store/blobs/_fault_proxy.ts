import {
  createServer,
  type IncomingMessage,
  request as send,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { createRandom } from "../../../core/random.ts";
import type { S3Settings } from "../../../store/blobs/s3_settings.ts";

/**
 * What the proxy does to a request: refuses it with 503, breaks the connection before it, carries it
 * out without an answer, sends half of the answer and breaks off, or sends the answer slowly.
 */
export const PROXY_FAULTS = ["503", "broken", "unanswered", "truncated", "slow"] as const;

export type ProxyFault = typeof PROXY_FAULTS[number];

export interface FaultProxyOptions {
  /** Seed of the faults. */
  readonly seed: number;
  /** Share of the requests that meet a fault, at first. */
  readonly rate: number;
}

/** Time between two eighths of a slow answer (ms). */
const SLOW_WAIT = 40;

/** Stands between clients and an S3 server, and does to some requests what networks and stores do. */
export class FaultProxy implements AsyncDisposable {
  /** Share of the requests that meet a fault. */
  rate: number;
  /** How many requests met each fault. */
  readonly met: Record<ProxyFault, number> = {
    "503": 0,
    broken: 0,
    unanswered: 0,
    truncated: 0,
    slow: 0,
  };
  /** Requests so far. */
  requests = 0;
  readonly #server;
  readonly #target: S3Settings;

  private constructor(target: S3Settings, { seed, rate }: FaultProxyOptions) {
    this.rate = rate;
    this.#target = target;
    this.#server = createServer((request, response) => {
      const random = createRandom(seed, "s3/fault", this.requests++);
      const fault = random.uniform() < this.rate
        ? PROXY_FAULTS[random.integer(PROXY_FAULTS.length)]!
        : null;
      if (fault !== null) this.met[fault]++;
      this.#pass(request, response, fault).catch(() => response.destroy());
    });
  }

  /** Starts a proxy before a server of this machine that speaks plain http. */
  static async start(target: S3Settings, options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** Access to the server through the proxy. */
  get settings(): S3Settings {
    const { port } = this.#server.address() as AddressInfo; // it listens on a port
    return { ...this.#target, endpoint: `http://127.0.0.1:${port}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(request: IncomingMessage, response: ServerResponse, fault: ProxyFault | null) {
    const body = await bytesOf(request);
    if (fault === "broken") return response.destroy();
    if (fault === "503") return response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
    const { hostname, port } = new URL(this.#target.endpoint!);
    const { method, url, headers } = request;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      // The signature is over the host that the client knows, which the header keeps.
      send({ hostname, port, method, path: url, headers, agent: false }, resolve)
        .on("error", reject).end(body);
    });
    const whole = await bytesOf(answer);
    if (fault === "unanswered") return response.destroy();
    response.writeHead(answer.statusCode!, answer.headers);
    if (fault === "truncated" && whole.length > 1) {
      response.write(whole.subarray(0, whole.length / 2), () => response.destroy());
    } else if (fault === "slow") await sendSlowly(whole, response);
    else response.end(whole);
  }
}

async function sendSlowly(bytes: Uint8Array, response: ServerResponse): Promise<void> {
  const size = Math.ceil(bytes.length / 8);
  for (let at = 0; at < bytes.length; at += size) {
    response.write(bytes.subarray(at, at + size));
    await new Promise((resolve) => setTimeout(resolve, SLOW_WAIT));
  }
  response.end();
}

/** All bytes of a message. */
export async function bytesOf(message: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of message) parts.push(part);
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}
