import { askHttpApi, type HttpApi } from "../../infra/temporal/http_api.ts";
import { type BackgroundServer, serveInBackground } from "./background_server.ts";
import type { UiAsset } from "../../infra/temporal/ui_assets.ts";
import { messageOf } from "../../core/errors.ts";
import { abandonmentOf, type PageHandler, readBody, refusalOf } from "../../view/page_handler.ts";

/**
 * The web UI of a data directory's own server, for browsers of this machine. It is served here, not
 * by the server, whose own UI answers to any host name, and so to any page on the internet whose
 * name is made to lead to this machine (DNS rebinding).
 */
export interface TemporalUi {
  readonly api: HttpApi;
  /** Address at which this machine reaches the server. */
  readonly address: string;
  /** The files of the UI. */
  readonly assets: { get(path: string): Promise<UiAsset>; close(): Promise<void> };
}

/** Largest question in bytes: what the server takes at most. */
const MAX_QUESTION = 4 * 2 ** 20;

/** Path of the UI's own settings, which are answered without a server. */
const SETTINGS = "/api/v1/settings";

const HEADERS = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Makes the handler that answers the UI, and nobody else: see {@linkcode refusalOf}. */
export function createUiHandler({ api, address, assets }: TemporalUi): PageHandler {
  return async (request, delivery) => {
    const refusal = refusalOf(request);
    if (refusal !== null) return respond(refusal.status, "text/plain", refusal.message);
    const { pathname, search } = new URL(request.url); // refusalOf() has read it
    try {
      if (!pathname.startsWith("/api/") || pathname === SETTINGS) {
        if (request.method !== "GET") return respond(405, "text/plain", "Expected GET");
        const { type, body } = await assets.get(pathname);
        return respond(200, type, body);
      }
      const question = await readBody(request, MAX_QUESTION);
      if (question === null) return respond(413, "text/plain", "Expected a shorter question");
      const { status, body } = await askHttpApi(api, address, {
        method: request.method,
        path: pathname + search,
        body: question,
        signal: abandonmentOf(delivery),
      });
      return respond(status, "application/json", body);
    } catch (error) {
      return respond(502, "text/plain", messageOf(error));
    }
  };
}

function respond(status: number, type: string, body: string | Uint8Array<ArrayBuffer>): Response {
  return new Response(body, { status, headers: { ...HEADERS, "content-type": type } });
}

/**
 * Serves the UI on a port of this machine until it is closed. It keeps no process alive.
 *
 * @returns Null if the port is in use: another command of this data directory serves it
 */
export function serveTemporalUi(ui: TemporalUi, port: number): BackgroundServer | null {
  try {
    const server = serveInBackground(createUiHandler(ui), {
      hostname: "127.0.0.1",
      port,
      onError: () => respond(500, "text/plain", "Cannot answer"),
    });
    return {
      async close() {
        await server.close();
        await ui.assets.close();
      },
    };
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return null;
    throw error;
  }
}
