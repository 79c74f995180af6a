import { answers } from "../../infra/temporal/ports.ts";

/**
 * Describes where a workflow is in the web UI.
 *
 * @param own Whether the UI is that of the data directory's own server, which commands serve
 * @returns The address, and what serves it if nothing does now; null if there is no UI
 */
export async function describeUi(ui: string | null, own: boolean): Promise<string | null> {
  if (ui === null || !own) return ui;
  const { hostname, port } = new URL(ui);
  const isServed = await answers({ host: hostname, port: Number(port) });
  return isServed ? ui : `${ui} while "deno task up" runs`;
}
