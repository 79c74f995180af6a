import { DefaultLogger, Runtime } from "@temporalio/worker";

/** How this process takes part in Temporal. */
export interface RuntimeSetup {
  /** `host:port` on which Prometheus metrics are served; none where absent. */
  readonly metrics?: string;
}

let installed = false;

/**
 * Starts the SDK's native runtime, of which a process has one; the first call decides. Its own
 * chatter is left out, because who waits for an answer says so itself, and signals are left to the
 * caller.
 */
export function installRuntime({ metrics }: RuntimeSetup = {}): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: new DefaultLogger("WARN"),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: { core: "ERROR", other: "ERROR" } },
      ...(metrics === undefined ? {} : { metrics: { prometheus: { bindAddress: metrics } } }),
    },
  });
}
