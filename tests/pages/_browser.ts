import assert from "node:assert/strict";

/** Names under which systems install Chromium. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/** The browser of this machine, null where there is none. */
export const CHROMIUM: string | null = await findBrowser();

async function findBrowser(): Promise<string | null> {
  for (const name of NAMES) {
    try {
      const { success } = await new Deno.Command(name, { args: ["--version"] }).output();
      if (success) return name;
    } catch {
      continue; // not installed
    }
  }
  return null;
}

/** What a test needs to say why it does not run. */
export const SKIPPED: string = CHROMIUM === null ? " (skipped: no Chromium is installed)" : "";

/** A message of the protocol. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/**
 * One tab of a headless Chromium, driven by its DevTools protocol. Ends the browser when disposed
 * of.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/
 */
export class BrowserTab implements AsyncDisposable {
  /** What the page wrote to its console, and what it threw. */
  readonly console: string[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #directory: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #events = new Map<string, () => void>();
  #sent = 0;

  private constructor(process: Deno.ChildProcess, directory: string, socket: WebSocket) {
    this.#process = process;
    this.#directory = directory;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
  }

  /** @param hosts Names that lead to this machine, as rebound ones do */
  static async open(
    { width = 1400, height = 900, hosts = [] as readonly string[] } = {},
  ): Promise<BrowserTab> {
    const directory = await Deno.makeTempDir({ prefix: "sluice-browser-" });
    const process = new Deno.Command(CHROMIUM!, {
      args: [
        "--headless",
        "--no-sandbox", // as root there is no other way; the pages are ours
        "--use-angle=swiftshader", // WebGL by software
        "--enable-unsafe-swiftshader",
        "--remote-debugging-port=0",
        `--user-data-dir=${directory}`,
        `--window-size=${width},${height}`,
        `--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(",")}`,
        "about:blank",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const port = await readPort(process.stderr);
    const tabs = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    const socket = new WebSocket(tabs[0].webSocketDebuggerUrl);
    await new Promise((resolve) => socket.onopen = resolve);
    const tab = new BrowserTab(process, directory, socket);
    for (const domain of ["Page", "Runtime", "Log"]) await tab.send(`${domain}.enable`);
    await tab.send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
    return tab;
  }

  /** Sends a command of the protocol and waits for its answer. */
  async send(method: string, params: Record<string, unknown> = {}) {
    const id = ++this.#sent;
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answer;
    assert.equal(error, undefined, `${method}: ${error?.message}`);
    return result!;
  }

  /** Loads a page and waits until its scripts have run. */
  async navigate(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => this.#events.set("Page.loadEventFired", resolve));
    await this.send("Page.navigate", { url });
    await loaded;
    await this.waitFor(`document.documentElement.dataset.ready === "yes"`);
  }

  /** The value of an expression, which may be a promise. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    }) as { result: { value: Value }; exceptionDetails?: { exception: { description: string } } };
    assert.equal(exceptionDetails, undefined, exceptionDetails?.exception.description ?? "");
    return result.value;
  }

  /** Waits until an expression is true: it is asked at every frame. */
  async waitFor(expression: string): Promise<void> {
    await this.evaluate(`new Promise((resolve, reject) => {
      const end = performance.now() + 20_000;
      (function look() {
        if (${expression}) resolve();
        else if (performance.now() > end) reject(new Error(${JSON.stringify(expression)}));
        else requestAnimationFrame(look);
      })();
    })`);
  }

  /** Clicks the middle of an element. */
  async click(selector: string): Promise<void> {
    const { x, y } = await this.#middleOf(selector);
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
    }
  }

  /** Drags from the middle of an element. */
  async drag(selector: string, dx: number, dy: number): Promise<void> {
    const { x, y } = await this.#middleOf(selector);
    const mouse = (type: string, x: number, y: number) =>
      this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", buttons: 1 });
    await mouse("mousePressed", x, y);
    await mouse("mouseMoved", x + dx / 2, y + dy / 2);
    await mouse("mouseMoved", x + dx, y + dy);
    await mouse("mouseReleased", x + dx, y + dy);
  }

  /** Presses and releases a key, by its name in `KeyboardEvent.key`. */
  async press(key: string): Promise<void> {
    for (const type of ["keyDown", "keyUp"]) {
      await this.send("Input.dispatchKeyEvent", { type, key, code: key });
    }
  }

  /** Sets a slider as a person who drags it does. */
  async slide(selector: string, value: number): Promise<void> {
    await this.evaluate(`{
      const slider = document.querySelector(${JSON.stringify(selector)});
      slider.value = ${value};
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }`);
  }

  /** A PNG of what an element shows, or of the page, in base64. */
  async screenshot(selector?: string): Promise<string> {
    const clip = selector === undefined
      ? {}
      : { clip: { ...await this.#boxOf(selector), scale: 1 } };
    const { data } = await this.send("Page.captureScreenshot", { format: "png", ...clip });
    return String(data);
  }

  async #middleOf(selector: string) {
    const { x, y, width, height } = await this.#boxOf(selector);
    return { x: x + width / 2, y: y + height / 2 };
  }

  #boxOf(selector: string) {
    return this.evaluate<{ x: number; y: number; width: number; height: number }>(
      `(({ x, y, width, height }) => ({ x, y, width, height }))
        (document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect())`,
    );
  }

  #receive({ id, method, params, ...answer }: Message): void {
    if (id !== undefined) this.#waiting.get(id)?.(answer);
    if (method === "Runtime.consoleAPICalled" || method === "Runtime.exceptionThrown") {
      this.console.push(JSON.stringify(params));
    }
    if (method === "Log.entryAdded") this.console.push(JSON.stringify(params));
    if (method !== undefined) this.#events.get(method)?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    await this.send("Browser.close");
    await closed;
    await this.#process.status;
    await Deno.remove(this.#directory, { recursive: true });
  }
}

/** The port that the browser says it listens on; what it says besides is read and dropped. */
async function readPort(stderr: ReadableStream<Uint8Array>): Promise<string> {
  let said = "";
  const reader = stderr.getReader(), decoder = new TextDecoder();
  for (;;) {
    const { value, done } = await reader.read();
    assert.ok(!done, `Chromium ended: ${said}`);
    said += decoder.decode(value, { stream: true });
    const port = /DevTools listening on ws:\/\/[^:]+:(\d+)/.exec(said)?.[1];
    if (port === undefined) continue;
    drain(reader);
    return port;
  }
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}
