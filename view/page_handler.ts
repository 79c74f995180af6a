import type { JsonValue } from "../core/canonical.ts";
import { InvalidInputError, messageOf } from "../core/errors.ts";
import { isLoopbackHost } from "../core/loopback.ts";

/** Something that a page is made of. */
export interface PageAsset {
  /** MIME type. */
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/**
 * Answers a question of the page.
 *
 * @throws {InvalidInputError} If the question makes no sense; the page is told why
 */
export type PageAction = (question: JsonValue, signal: AbortSignal) => Promise<JsonValue>;

/** Answers a request for a WebSocket, once it is known to come from the page. */
export type PageConnection = (request: Request) => Response;

/** A local page: what it loads, by path, and what it may ask. */
export interface LocalPage {
  readonly assets: Readonly<Record<string, PageAsset>>;
  /** Makes an asset on request, null if there is none at the path. */
  readonly find?: (path: string) => Promise<PageAsset | null>;
  readonly actions?: Readonly<Record<string, PageAction>>;
  readonly connections?: Readonly<Record<string, PageConnection>>;
  /** Hashes of inline scripts as CSP writes them: `sha256-…`. */
  readonly scriptHashes?: readonly string[];
}

/** Delivery of the answer to a request: rejected if it cannot be delivered. */
export interface Delivery {
  readonly completed: Promise<void>;
}

/** Answers requests, as `Deno.serve()` asks. */
export type PageHandler = (request: Request, delivery?: Delivery) => Promise<Response>;

/**
 * Returns a signal that aborts when nobody waits for an answer any longer. The signal of the
 * request would do so too, but Deno prints a warning about its use.
 */
export function abandonmentOf(delivery: Delivery | undefined): AbortSignal {
  const controller = new AbortController();
  delivery?.completed.catch(() => controller.abort());
  return controller.signal;
}

/** Largest question in bytes: the parameters of a movement, not data. */
const MAX_QUESTION = 64 * 1024;

/**
 * Serves a page to the browsers of this machine alone.
 *
 * A page of elsewhere cannot read it or act through it: what comes under another host name (DNS
 * rebinding) or from another origin is refused with 403, and the page may load and ask nothing but
 * this server.
 *
 * @param port On which it is served
 */
export function createPageHandler(page: LocalPage, port: number): PageHandler {
  const headers = headersOf(page.scriptHashes ?? []);
  return async (request, delivery) => {
    const respond = (status: number, body: PageAsset) =>
      new Response(request.method === "HEAD" ? null : body.body, {
        status,
        headers: { ...headers, "content-type": body.type },
      });
    const refuse = (status: number, message: string) => respond(status, text(message));
    const refusal = refusalOf(request, port);
    if (refusal !== null) return refuse(refusal.status, refusal.message);
    const { pathname } = new URL(request.url); // refusalOf() has read it
    const connect = lookUp(page.connections ?? {}, pathname);
    if (connect !== undefined) {
      return isWebSocket(request) ? connect(request) : refuse(426, "Expected a WebSocket");
    }
    const action = lookUp(page.actions ?? {}, pathname);
    if (action === undefined) {
      if (!["GET", "HEAD"].includes(request.method)) return refuse(405, "Expected GET");
      try {
        const made = () => page.find?.(pathname) ?? null;
        const asset = lookUp(page.assets, pathname) ?? await made();
        return asset === null ? refuse(404, "Not found") : respond(200, asset);
      } catch (error) {
        return refuse(500, messageOf(error));
      }
    }
    if (request.method !== "POST") return refuse(405, "Expected POST");
    const { status, answer } = await ask(action, request, abandonmentOf(delivery));
    return respond(status, { type: "application/json", body: JSON.stringify(answer) });
  };
}

/** Reason why a request is not answered. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/**
 * Returns why a request is rejected, null if a page of this server, or a program of this machine,
 * may have made it.
 *
 * @param port On which the server is reached; any if absent, as behind a tunnel
 * @param origins Origins of other pages that may ask, `http://127.0.0.1:8233`
 */
export function refusalOf(
  request: Request,
  port?: number,
  origins: readonly string[] = [],
): Refusal | null {
  const url = urlOf(request);
  if (url === null) return { status: 400, message: "Rejected: no host name" };
  const named = request.headers.get("host") ?? url.host;
  const [name, namedPort] = /^([^:]*)(?::(\d+))?$/.exec(named)?.slice(1) ?? [];
  const isOwn = name !== undefined && isLoopbackHost(name) &&
    (port === undefined || Number(namedPort ?? 80) === port);
  if (!isOwn) return { status: 403, message: "Rejected: wrong host name" };
  const origin = request.headers.get("origin");
  const isInvited = origin !== null && origins.includes(origin);
  if (!isInvited && isForeign(request, named)) {
    return { status: 403, message: "Rejected: request from another site" };
  }
  return null;
}

/** Reads the body of a request, null if it is longer than `most` bytes. */
export async function readBody(
  request: Request,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > most) return null;
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** Parses the URL of a request, null if its host is invalid. */
function urlOf(request: Request): URL | null {
  try {
    return new URL(request.url);
  } catch {
    return null;
  }
}

/** A table of paths is an object, whose own keys alone count. */
function lookUp<Value>(table: Readonly<Record<string, Value>>, path: string): Value | undefined {
  return Object.hasOwn(table, path) ? table[path] : undefined;
}

/** Returns whether a page from elsewhere made a request. */
function isForeign(request: Request, host: string): boolean {
  const origin = request.headers.get("origin"), site = request.headers.get("sec-fetch-site");
  // Browsers send an origin with whatever may change something and with every WebSocket; who leaves
  // it out has something else in mind.
  const changes = !["GET", "HEAD"].includes(request.method);
  if ((changes || isWebSocket(request)) && origin === null) return true;
  if (origin !== null && origin !== `http://${host}`) return true;
  // A link from elsewhere may lead here: that only shows the page to whoever followed it.
  const isNavigation = request.headers.get("sec-fetch-mode") === "navigate";
  return site !== null && !["same-origin", "none"].includes(site) &&
    !(isNavigation && request.method === "GET");
}

function isWebSocket(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

async function ask(
  action: PageAction,
  request: Request,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly answer: JsonValue }> {
  try {
    return { status: 200, answer: await action(await readQuestion(request), signal) };
  } catch (error) {
    const status = error instanceof InvalidInputError ? 400 : 500;
    return { status, answer: { error: messageOf(error) } };
  }
}

async function readQuestion(request: Request): Promise<JsonValue> {
  const action = "read the request";
  if (!/^application\/json\b/.test(request.headers.get("content-type") ?? "")) {
    throw new InvalidInputError({ action, expected: "content type application/json" });
  }
  const bytes = await readBody(request, MAX_QUESTION);
  if (bytes === null) {
    const expected = `at most ${MAX_QUESTION} bytes`;
    throw new InvalidInputError({ action, expected, found: "more" });
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new InvalidInputError({ action, expected: "JSON", found: messageOf(error) });
  }
}

function text(body: string): PageAsset {
  return { type: "text/plain; charset=utf-8", body };
}

function headersOf(scriptHashes: readonly string[]): Record<string, string> {
  const scripts = ["'self'", ...scriptHashes.map((hash) => `'${hash}'`)].join(" ");
  return {
    "content-security-policy": [
      "default-src 'none'",
      `script-src ${scripts}`,
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  };
}
