import { InvalidInputError } from "../../core/errors.ts";
import { isFree } from "../../infra/temporal/ports.ts";
import type { FlagTable } from "./flags.ts";

/** The flag of commands whose worker serves Prometheus metrics. */
export const METRICS_FLAG = {
  metrics: {
    type: "text",
    placeholder: "HOST:PORT",
    description: "Serve the worker's Prometheus metrics at this address, e.g. 127.0.0.1:9464",
  },
} as const satisfies FlagTable;

/**
 * Finds faults of `--metrics` before anything starts: the SDK ends the process where it cannot
 * listen.
 *
 * @throws {InvalidInputError} If it is no address, or taken
 */
export async function checkMetrics(text: string | undefined): Promise<void> {
  if (text === undefined) return;
  const [, host, digits] = /^(\[[\da-f:]+\]|[\w.-]+):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new InvalidInputError({
      action: "read --metrics",
      place: text,
      expected: "HOST:PORT",
      remedy: "write e.g. 127.0.0.1:9464",
    });
  }
  if (await isFree({ host: host.replace(/^\[|\]$/g, ""), port })) return;
  throw new InvalidInputError({
    action: "serve metrics at",
    place: text,
    expected: "an address of this machine with a free port",
    found: "one that cannot be listened on",
    remedy: "choose another address or port",
  });
}
