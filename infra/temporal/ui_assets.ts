import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { messageOf, MissingToolError } from "../../core/errors.ts";
import { givenEnvironment } from "../given_environment.ts";
import { writePrivateFile } from "../private_file.ts";
import { findFreePort, LOOPBACK, withPortsLock } from "./ports.ts";

/**
 * Obtains the pages of Temporal's web UI, which are inside its executable. The server of a data
 * directory does not serve them, because what serves them forwards any request from anyone; an
 * empty server that is started for a moment lends them, once per version.
 */

/** A file of the UI. */
export interface UiAsset {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * Pattern of the files that the UI loads, besides the pages of its router, which all are its first
 * one.
 */
const FILES =
  /^\/(?:_app\/(?:[\w-]+\/)*[\w.-]+|api\/v1\/settings|(?:i18n\/)?[\w-]+\.[a-z0-9]{2,5})$/;

/** First of the ports of the server that lends. */
const FIRST_PORT = 16_233;

/** Time that the lending server stays after the last file that was requested from it (ms). */
const PATIENCE_MS = 20_000;

/** Interval between two checks that it has started (ms), and their number. */
const READY_INTERVAL_MS = 100, READY_TRIES = 300;

/** Largest file of the UI in bytes. */
const MAX_BYTES = 32 * 2 ** 20;

export interface UiAssetsOptions {
  /** Gives the path of `temporal` when a file is needed. */
  readonly executable: () => Promise<string>;
  /** Absolute; files that were lent once are kept in it. */
  readonly cache: string;
}

/** The files of the UI of one executable. Ends what it started when it is closed. */
export class UiAssets {
  readonly #options: UiAssetsOptions;
  #place: Promise<Place> | null = null;
  #lender: Promise<Lender> | null = null;
  #end: ReturnType<typeof setTimeout> | undefined;

  constructor(options: UiAssetsOptions) {
    this.#options = options;
  }

  /**
   * A file by its path; of a page of the UI's router, the document that shows all of them.
   *
   * @throws {MissingToolError} If it was not lent before and cannot be now
   */
  async get(path: string): Promise<UiAsset> {
    const { executable, folder } = await (this.#place ??= locate(this.#options));
    const asset = FILES.test(path) ? path : "/", file = join(folder, nameOf(asset));
    return keptAsset(file) ?? await this.#borrow(asset, { executable, file });
  }

  /** Ends the server that lends. */
  async close(): Promise<void> {
    clearTimeout(this.#end);
    const lender = this.#lender;
    this.#lender = null;
    (await lender?.catch(() => null))?.end();
  }

  async #borrow(
    path: string,
    { executable, file }: { readonly executable: string; readonly file: string },
  ): Promise<UiAsset> {
    clearTimeout(this.#end);
    const { origin } = await (this.#lender ??= lend(executable, this.#options.cache));
    this.#end = setTimeout(() => this.close(), PATIENCE_MS);
    const response = await fetch(origin + path, { redirect: "error" });
    const type = response.headers.get("content-type") ?? "application/octet-stream";
    const body = new Uint8Array(await response.arrayBuffer());
    if (!response.ok || body.length > MAX_BYTES) {
      throw new MissingToolError({
        action: `get "${path}" of the Temporal UI`,
        expected: "a file",
        found: `status ${response.status}`,
      });
    }
    writePrivateFile(file, JSON.stringify({ type, body: body.toBase64() }));
    return { type, body };
  }
}

/** Location of the files of an executable's UI. */
interface Place {
  readonly executable: string;
  readonly folder: string;
}

async function locate({ executable, cache }: UiAssetsOptions): Promise<Place> {
  const path = await executable(), { size, mtimeMs } = statSync(path);
  return { executable: path, folder: join(cache, `ui-${nameOf(`${path} ${size} ${mtimeMs}`)}`) };
}

function nameOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

function keptAsset(file: string): UiAsset | null {
  try {
    const { type, body } = JSON.parse(readFileSync(file, "utf8"));
    return { type, body: Uint8Array.fromBase64(body) };
  } catch {
    return null; // not lent yet
  }
}

/** A server without data. */
interface Lender {
  readonly origin: string;
  end(): void;
}

/** Ports are free when they are chosen; another program may be quicker to listen there. */
const PORT_TRIES = 3;

function lend(executable: string, cache: string): Promise<Lender> {
  return withPortsLock([cache], async () => {
    for (let count = 1;; count++) {
      try {
        return await tryLender(executable);
      } catch (error) {
        if (count === PORT_TRIES) throw error;
      }
    }
  });
}

async function tryLender(executable: string): Promise<Lender> {
  const port = await findFreePort(FIRST_PORT), uiPort = await findFreePort(port + 1);
  const child = spawn(executable, [
    ...["server", "start-dev", "--headless=false", "--ui-disable-news-fetch"],
    ...["--ip", LOOPBACK, "--port", String(port), "--ui-port", String(uiPort)],
    ...["--log-level", "never"],
  ], { stdio: "ignore", env: givenEnvironment(["libraries"]) });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(messageOf(error)));
    child.once("exit", (status) => resolve(`that it ended with status ${status}`));
  });
  const end = () => void child.kill("SIGKILL"); // it keeps nothing
  const origin = `http://${LOOPBACK}:${uiPort}`;
  for (let tries = 0; tries < READY_TRIES; tries++) {
    const wait = new Promise<null>((resolve) => setTimeout(() => resolve(null), READY_INTERVAL_MS));
    const found = await Promise.race([ended, wait]);
    if (found !== null) throw noPages(found);
    const isReady = await fetch(origin).then(async (response) => {
      await response.body?.cancel();
      return response.ok;
    }, () => false);
    if (isReady) return { origin, end };
  }
  end();
  throw noPages("no answer");
}

function noPages(found: string): MissingToolError {
  return new MissingToolError({
    action: "show the Temporal UI",
    expected: "its pages",
    found,
    remedy: "use another version of the Temporal CLI",
  });
}
