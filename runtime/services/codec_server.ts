import { Buffer } from "node:buffer";
import type { Payload, PayloadCodec } from "@temporalio/common";
import { z } from "zod";
import { messageOf } from "../../core/errors.ts";
import { type PageHandler, readBody, refusalOf } from "../../view/page_handler.ts";

/**
 * Answers the codec protocol of Temporal's web UI: `POST /decode` and `/encode`
 * with `{"payloads": […]}`. A browser asks here, and the payloads never pass through the server in
 * clear text.
 */
export interface CodecService {
  /** Codecs in the order in which they encode. */
  readonly codecs: readonly PayloadCodec[];
  /** Origins of web UIs that may ask, `http://127.0.0.1:8233`. */
  readonly origins: readonly string[];
  /** Port on which it is served; any if absent. */
  readonly port?: number;
}

/** Maximum size of a question (bytes): the server gives at most 4 MiB at a time. */
const MAX_QUESTION = 8 * 2 ** 20;

const PAYLOADS = z.object({
  payloads: z.array(z.object({
    metadata: z.record(z.string(), z.string()).nullish(),
    data: z.string().nullish(),
  })).max(10_000),
});

/** Makes the handler that decodes and encodes for pages of the given origins, and nobody else. */
export function createCodecHandler({ codecs, origins, port }: CodecService): PageHandler {
  return async (request) => {
    const refusal = refusalOf(request, port, origins);
    if (refusal !== null) return respond(refusal.status, refusal.message, {});
    const headers = headersFor(request.headers.get("origin"), origins);
    if (request.method === "OPTIONS") return respond(204, null, headers);
    const { pathname } = new URL(request.url); // refusalOf() has read it
    if (pathname !== "/decode" && pathname !== "/encode") return respond(404, "Not found", headers);
    if (request.method !== "POST") return respond(405, "Expected POST", headers);
    try {
      const body = await readBody(request, MAX_QUESTION);
      if (body === null) return respond(413, "Expected a shorter question", headers);
      const question = PAYLOADS.safeParse(parseJson(body));
      if (!question.success) return respond(400, 'Expected {"payloads": […]}', headers);
      const payloads = question.data.payloads.map(fromJson);
      const answer = pathname === "/decode"
        ? await decode(codecs, payloads)
        : await encode(codecs, payloads);
      return respond(200, JSON.stringify({ payloads: answer.map(toJson) }), {
        ...headers,
        "content-type": "application/json",
      });
    } catch (error) {
      return respond(400, messageOf(error), headers);
    }
  };
}

async function decode(codecs: readonly PayloadCodec[], payloads: Payload[]): Promise<Payload[]> {
  for (const codec of codecs.toReversed()) payloads = await codec.decode(payloads);
  return payloads;
}

async function encode(codecs: readonly PayloadCodec[], payloads: Payload[]): Promise<Payload[]> {
  for (const codec of codecs) payloads = await codec.encode(payloads);
  return payloads;
}

/** Headers by which a browser lets the page of an origin read the answer. */
function headersFor(
  origin: string | null,
  origins: readonly string[],
): Readonly<Record<string, string>> {
  if (origin === null || !origins.includes(origin)) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": "content-type, x-namespace, authorization",
    // The UI may be served from another address space than this machine's loopback.
    "access-control-allow-private-network": "true",
    "vary": "origin",
  };
}

function respond(
  status: number,
  body: string | null,
  headers: Readonly<Record<string, string>>,
): Response {
  const common = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
  return new Response(body, { status, headers: { ...common, ...headers } });
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null; // not what is expected either
  }
}

/** Converts a payload from the JSON form of protocol buffers, where bytes are base64. */
function fromJson({ metadata, data }: z.infer<typeof PAYLOADS>["payloads"][number]): Payload {
  const entries = Object.entries(metadata ?? {}).map(([name, text]) => [name, bytesOf(text)]);
  return { metadata: Object.fromEntries(entries), data: bytesOf(data ?? "") };
}

function toJson({ metadata, data }: Payload) {
  const entries = Object.entries(metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)]);
  return { metadata: Object.fromEntries(entries), data: base64(data ?? new Uint8Array()) };
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
