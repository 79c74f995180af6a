import type { MetricMeter } from "@temporalio/common";
import type { LogLevel, LogMetadata } from "@temporalio/worker";
// By file: the package as a whole loads its bundler with it, which commands have no use for.
import { DefaultLogger } from "@temporalio/worker/lib/logger.js";
import { Runtime } from "@temporalio/worker/lib/runtime.js";

/** Setup of the Temporal runtime in this process. */
export interface RuntimeSetup {
  /** `host:port` on which Prometheus metrics are served; none if absent. */
  readonly metrics?: string;
}

/**
 * Pattern of the SDK's warnings about queues for activities or for workflows alone, which are
 * intended.
 */
const INTENDED = /^No (workflows|activities) registered/;

class QuietLogger extends DefaultLogger {
  override log(level: LogLevel, message: string, meta?: LogMetadata): void {
    if (!INTENDED.test(message)) super.log(level, message, meta);
  }
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
    logger: new QuietLogger("WARN"),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: { core: "ERROR", other: "ERROR" } },
      ...(metrics === undefined ? {} : { metrics: { prometheus: { bindAddress: metrics } } }),
    },
  });
}

/** Returns the meter of the runtime: what it measures is exported beside the SDK's own metrics. */
export function metricMeter(): MetricMeter {
  return Runtime.instance().metricMeter;
}
