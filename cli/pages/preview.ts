import { expertSchedule, type LiveOptions } from "../../sim/mod.ts";
import { composePage } from "../../view/page_document.ts";
import type { LocalPage } from "../../view/page_handler.ts";
import type { PreviewModel } from "../../view/preview_messages.ts";
import { PREVIEW_STYLE, renderPreviewBody } from "../../view/preview_page.ts";
import { pageScripts, servePage } from "./page_server.ts";
import { PreviewSession } from "./preview_session.ts";

export interface PreviewOptions extends LiveOptions {
  /** Name of the environment for people. */
  readonly name: string;
  readonly port?: number | undefined;
}

/**
 * Serves a page on a live environment, until Ctrl-C or SIGTERM. Every page that is open has an
 * environment of its own, which ends with it. Nothing is saved.
 */
export async function servePreview(options: PreviewOptions): Promise<void> {
  const sessions = new Set<PreviewSession>();
  const page = composePreviewPage(options, (socket) => {
    const session = new PreviewSession(socket, options);
    sessions.add(session);
    socket.addEventListener("close", () => sessions.delete(session));
  });
  await servePage(page, {
    port: options.port,
    onEnd() {
      for (const session of sessions) session.close();
    },
  });
}

function composePreviewPage(
  { name, environment, seed }: PreviewOptions,
  onConnect: (socket: WebSocket) => void,
): LocalPage {
  const { engine, description, controlHz, maxSteps, observation, action } = environment;
  const model: PreviewModel = {
    controlHz,
    maxSteps,
    observation,
    action,
    quantities: environment.quantities ?? [],
    policies: environment.policies,
    schedule: expertSchedule(environment.name, environment.chosen),
  };
  return composePage({
    title: `${name}, live`,
    body: renderPreviewBody(
      { name, description, engine: `${engine.name} ${engine.version}`, seed },
      model,
    ),
    scripts: pageScripts("preview.ts"),
    style: PREVIEW_STYLE,
    data: { "/preview.json": { type: "application/json", body: JSON.stringify(model) } },
    connections: {
      "/live": (request) => {
        const { socket, response } = Deno.upgradeWebSocket(request);
        onConnect(socket);
        return response;
      },
    },
  });
}
