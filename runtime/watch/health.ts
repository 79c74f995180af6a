import { type BackgroundServer, serveInBackground } from "../services/background_server.ts";
import { type PageHandler, refusalOf } from "../../view/page_handler.ts";

/** State of a worker process, for those who supervise it. */
export interface HealthChecks {
  /** Why the process should be restarted, null if it lives. */
  readonly live: () => string | null;
  /** Whether each thing that work needs is there, by name. */
  readonly ready: () => Promise<Readonly<Record<string, boolean>>>;
}

/**
 * Makes the handler that answers `/healthz` (restart the process unless 200) and `/readyz` (it works
 * if 200). As on local pages, a request under another host name than this machine's is refused: a
 * probe from elsewhere says `Host: localhost`.
 */
export function createHealthHandler({ live, ready }: HealthChecks): PageHandler {
  return async (request) => {
    const refusal = refusalOf(request);
    if (refusal !== null) return respond(refusal.status, { error: refusal.message });
    if (!["GET", "HEAD"].includes(request.method)) return respond(405, { error: "Expected GET" });
    switch (new URL(request.url).pathname) { // refusalOf() has read it
      case "/healthz": {
        const isLive = live() === null;
        return respond(isLive ? 200 : 503, { live: isLive });
      }
      case "/readyz": {
        const checks = await ready();
        const isReady = Object.values(checks).every(Boolean);
        return respond(isReady ? 200 : 503, { ready: isReady, checks });
      }
      default:
        return respond(404, { error: "Not found" });
    }
  };
}

function respond(status: number, body: object): Response {
  return new Response(JSON.stringify(body) + "\n", {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}

/** Serves the answers at an address. It keeps no process alive. */
export function serveHealth(
  checks: HealthChecks,
  { host, port }: { readonly host: string; readonly port: number },
): BackgroundServer {
  return serveInBackground(createHealthHandler(checks), {
    hostname: host,
    port,
    onError: () => respond(500, { error: "Cannot answer" }),
  });
}
