/// <reference lib="dom" />
import type { PreviewCommand, PreviewMessage } from "../view/preview_messages.ts";

/** A connection to the environment that the command keeps for this page alone. */
export class LiveConnection {
  readonly #socket: WebSocket;

  /** @param onEnd Called when there is no environment any more */
  constructor(
    path: string,
    onMessage: (message: PreviewMessage) => void,
    onEnd: () => void,
  ) {
    const url = new URL(path, location.href);
    url.protocol = "ws:";
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("message", ({ data }) => onMessage(JSON.parse(data)));
    this.#socket.addEventListener("close", onEnd);
  }

  send(command: PreviewCommand): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command));
  }
}
