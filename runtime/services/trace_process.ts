import type { Environment } from "../../infra/temporal/connection.ts";
import type { Tracing } from "../watch/tracing.ts";

export type { Tracing } from "../watch/tracing.ts";

/** Whether an environment asks for traces. */
export function isTraced(environment: Environment): boolean {
  return Boolean(environment["SLUICE_TRACES"]);
}

/**
 * Starts to trace this process where the environment asks for it; none of that code is loaded
 * elsewhere.
 *
 * @param service Name of the process in traces
 * @throws {InvalidInputError} If the address of the collector is none
 */
export async function traceProcess(
  environment: Environment,
  service: string,
  onProgress: (message: string) => void,
): Promise<Tracing | null> {
  if (!isTraced(environment)) return null;
  const { openTracing } = await import("../watch/tracing.ts");
  return await openTracing(environment, service, onProgress);
}
