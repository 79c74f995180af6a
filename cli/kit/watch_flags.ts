import { InvalidInputError } from "../../core/errors.ts";
import { isFree } from "../../infra/temporal/ports.ts";
import type { FlagTable } from "./flags.ts";

/** Flags of commands whose worker can be watched. */
export const WATCH_FLAGS = {
  metrics: {
    type: "text",
    placeholder: "HOST:PORT",
    description: "Serve the worker's Prometheus metrics on this address, e.g. 127.0.0.1:9464",
  },
  health: {
    type: "text",
    placeholder: "[HOST:]PORT",
    description:
      "Serve the worker's /healthz and /readyz on this port, of the loopback unless HOST is given",
  },
} as const satisfies FlagTable;

/** Values of {@linkcode WATCH_FLAGS}. */
export interface WatchFlags {
  readonly metrics: string | undefined;
  readonly health: string | undefined;
}

/** Address to listen on. */
interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Addresses of {@linkcode WATCH_FLAGS}, complete. */
export interface WatchAddresses {
  /** `HOST:PORT`; absent if no metrics are served. */
  readonly metrics?: string;
  /** `HOST:PORT`; absent if no health is. */
  readonly health?: string;
}

/**
 * Finds faults of the flags before anything starts: the SDK ends the process where it cannot
 * listen.
 *
 * @throws {InvalidInputError} If one is no address, or taken
 */
export async function checkWatchFlags({ metrics, health }: WatchFlags): Promise<WatchAddresses> {
  const address = health !== undefined && /^\d+$/.test(health) ? `127.0.0.1:${health}` : health;
  await checkAddress("metrics", metrics, "127.0.0.1:9464");
  await checkAddress("health", address, "8086");
  return {
    ...(metrics === undefined ? {} : { metrics }),
    ...(address === undefined ? {} : { health: address }),
  };
}

async function checkAddress(
  flag: keyof typeof WATCH_FLAGS,
  text: string | undefined,
  example: string,
): Promise<void> {
  if (text === undefined) return;
  const address = listenAddress(text);
  if (address === null) {
    throw new InvalidInputError({
      action: `read --${flag}`,
      place: text,
      expected: WATCH_FLAGS[flag].placeholder,
      remedy: `write e.g. ${example}`,
    });
  }
  if (await isFree(address)) return;
  throw new InvalidInputError({
    action: `serve ${flag} at`,
    place: text,
    expected: "an address of this machine with a free port",
    found: "one that cannot be listened on",
    remedy: "choose another address or port",
  });
}

/** Parses `HOST:PORT`, null if it is something else. */
export function listenAddress(text: string): ListenAddress | null {
  const [, host, digits] = /^(\[[\da-f:]+\]|[\w.-]+):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ""), port };
}
