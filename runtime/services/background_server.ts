import type { PageHandler } from "../../view/page_handler.ts";

/** Pages that are served beside other work. */
export interface BackgroundServer {
  close(): Promise<void>;
}

/** Setting of {@linkcode serveInBackground}. */
export interface BackgroundAddress {
  readonly hostname: string;
  readonly port: number;
  /** Answers where a handler failed. */
  readonly onError: () => Response;
}

/** Serves until it is closed. It keeps no process alive and prints nothing. */
export function serveInBackground(
  handler: PageHandler,
  address: BackgroundAddress,
): BackgroundServer {
  const ending = new AbortController();
  const server = Deno.serve({ ...address, signal: ending.signal, onListen: () => {} }, handler);
  server.unref();
  return {
    async close() {
      server.ref(); // until it has ended
      ending.abort();
      await server.finished;
    },
  };
}
