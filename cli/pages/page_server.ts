import { InvalidInputError } from "../../core/errors.ts";
import { createPageHandler, type LocalPage, type PageHandler } from "../../view/page_handler.ts";
import { gatherScripts, type PageScripts } from "../../view/page_modules.ts";
import type { FlagTable } from "../kit/flags.ts";
import { watchInterrupts } from "../kit/interrupts.ts";
import { noteLine, printLine } from "../kit/output.ts";

/** Flags of commands that serve a page. */
export const PAGE_FLAGS = {
  port: {
    type: "integer",
    description: "Local port of the page (default a free one)",
    min: 1,
    max: 65535,
  },
} as const satisfies FlagTable;

/** The JavaScript of a page in `pages/`. @param entry Name of its module */
export function pageScripts(entry: string): PageScripts {
  const three = new URL(import.meta.resolve("three"));
  return gatherScripts(`pages/${entry}`, {
    root: new URL("../..", import.meta.url),
    packages: {
      "three": { url: three, parts: ["three.core.js"] },
      "three/addons/controls/OrbitControls.js": {
        url: new URL("../examples/jsm/controls/OrbitControls.js", three),
      },
      // The package names its module for bundlers alone.
      "uplot": { url: new URL("uPlot.esm.js", import.meta.resolve("uplot")) },
    },
    read: (url) => Deno.readTextFileSync(url),
  });
}

/** The style sheet of plots. */
export function plotStyle(): string {
  return Deno.readTextFileSync(new URL("uPlot.min.css", import.meta.resolve("uplot")));
}

export interface ServeOptions {
  /** A free one unless given. */
  readonly port?: number | undefined;
  /** Called when the page is served no longer. */
  readonly onEnd?: () => void;
}

/** Serves a page on the loopback until Ctrl-C or SIGTERM; its address is all that it prints. */
export async function servePage(page: LocalPage, options: ServeOptions): Promise<void> {
  const purpose = "Open it in a browser on this machine";
  await serveHandler((port) => createPageHandler(page, port), { ...options, purpose });
}

/**
 * Serves on the loopback until Ctrl-C or SIGTERM; the address is all that it prints.
 *
 * @param create Makes the handler for the port on which it is served
 */
export async function serveHandler(
  create: (port: number) => PageHandler,
  { port, onEnd, purpose }: ServeOptions & { readonly purpose: string },
): Promise<void> {
  using interrupts = watchInterrupts(() => {});
  const server = listen(create, port ?? 0);
  printLine(`http://127.0.0.1:${server.addr.port}/`);
  noteLine(`${purpose}. Press Ctrl-C to stop.`);
  await new Promise((resolve) => interrupts.drain.addEventListener("abort", resolve));
  onEnd?.();
  // Answers under way are let out; a browser that holds a connection open does not keep us.
  await Promise.race([server.shutdown(), new Promise((resolve) => setTimeout(resolve, 500))]);
}

function listen(
  create: (port: number) => PageHandler,
  port: number,
): Deno.HttpServer<Deno.NetAddr> {
  let handle: PageHandler | undefined;
  try {
    const server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen: () => {} },
      (request, info): Promise<Response> => handle!(request, info), // set before anything can arrive
    );
    handle = create(server.addr.port);
    return server;
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new InvalidInputError({
      action: `serve on --port ${port}`,
      expected: "a free port",
      found: "one in use",
      remedy: "omit --port to use a free one",
    });
  }
}
