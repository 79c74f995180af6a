import { createRequire } from "node:module";
import type { NativeConnectionOptions } from "@temporalio/worker";
import { InvalidInputError } from "../../core/errors.ts";
import { isLoopbackHost } from "../../core/loopback.ts";
import type { Environment } from "../../infra/temporal/connection.ts";
import config from "../../infra/tracing/deno.json" with { type: "json" };
import { type FetchedPackage, fetchPackage } from "../../learn/mod.ts";

/**
 * OpenTelemetry traces of runs: one trace from the command to each shard, by the interceptors of
 * Temporal's SDK. They are off unless an address is set, and their packages are fetched on first
 * use, because together they weigh 53 MB and few need them.
 */

/** Variable with the address of an OTLP/HTTP collector, `http://127.0.0.1:4318`. */
const TRACES = "SLUICE_TRACES";

const INSTALLED = new URL("../../node_modules/.tracing/", import.meta.url);

const PACKAGE: FetchedPackage = {
  name: config.imports["@temporalio/interceptors-opentelemetry"].replace(/^npm:/, ""),
  purpose: "which traces runs",
  pinned: new URL("../../infra/tracing/", import.meta.url),
  installed: INSTALLED,
  task: "traces",
};

/** Plugin of a connection: clients and workers on it take their interceptors from it. */
type ConnectionPlugin = NonNullable<NativeConnectionOptions["plugins"]>[number];

/** Part of a span that is used. */
interface Span {
  recordException(error: unknown): void;
  setStatus(status: { readonly code: number }): void;
  end(): void;
}

/** Parts of the packages that are used. */
interface TracingPackages {
  readonly api: {
    readonly trace: {
      getTracer(name: string): {
        startActiveSpan<Result>(
          name: string,
          options: { readonly attributes: Readonly<Record<string, string>> },
          work: (span: Span) => Result,
        ): Result;
      };
    };
    readonly context: { setGlobalContextManager(manager: unknown): boolean };
    readonly SpanStatusCode: { readonly ERROR: number };
  };
  readonly hooks: { readonly AsyncLocalStorageContextManager: new () => { enable(): unknown } };
  readonly exporter: { readonly OTLPTraceExporter: new (options: { url: string }) => unknown };
  readonly resources: { readonly Resource: new (attributes: Record<string, string>) => unknown };
  readonly sdk: {
    readonly BatchSpanProcessor: new (exporter: unknown) => unknown;
    readonly BasicTracerProvider: new (
      options: { resource: unknown; spanProcessors: readonly unknown[] },
    ) => { register(): void; forceFlush(): Promise<void>; shutdown(): Promise<void> };
  };
  readonly interceptors: {
    readonly OpenTelemetryPlugin: new (
      options: { resource: unknown; spanProcessor: unknown },
    ) => ConnectionPlugin;
  };
}

/** Traces of a process. */
export interface Tracing {
  readonly plugins: readonly ConnectionPlugin[];
  /** Does work in a span that all that it starts belongs to. */
  span<Result>(
    name: string,
    attributes: Readonly<Record<string, string>>,
    work: () => Promise<Result>,
  ): Promise<Result>;
  /** Sends what has not been sent. */
  close(): Promise<void>;
}

/**
 * Returns the address to which an environment wants traces sent, null if to none.
 *
 * @throws {InvalidInputError} If it is no address, or would send them over a network in clear text
 */
export function tracesAddress(environment: Environment): string | null {
  const text = environment[TRACES];
  if (!text) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLocal = isLoopbackHost(url?.hostname ?? "");
  if (url !== null && (url.protocol === "https:" || (url.protocol === "http:" && isLocal))) {
    return new URL("v1/traces", text.endsWith("/") ? text : `${text}/`).href;
  }
  throw new InvalidInputError({
    action: `use ${TRACES}`,
    expected: "the https address of an OTLP collector, or an http address of this machine",
    found: "something else",
    remedy: "set it to e.g. http://127.0.0.1:4318",
  });
}

/** Names of the modules that a bundle of workflows contains for traces; they are fetched. */
export async function tracingModules(
  onProgress?: (message: string) => void,
): Promise<readonly string[]> {
  await fetchPackage(PACKAGE, { onProgress });
  return [
    requireFetched().resolve("@temporalio/interceptors-opentelemetry/lib/workflow-interceptors.js"),
  ];
}

/**
 * Starts to trace this process.
 *
 * @param service Name of the process in traces: `sluice-worker`
 * @returns Null where the environment does not ask for traces
 * @throws {MissingToolError} If the packages cannot be fetched
 */
export async function openTracing(
  environment: Environment,
  service: string,
  onProgress?: (message: string) => void,
): Promise<Tracing | null> {
  const url = tracesAddress(environment);
  if (url === null) return null;
  await fetchPackage(PACKAGE, { onProgress });
  const { api, hooks, exporter, resources, sdk, interceptors } = loadPackages();
  const resource = new resources.Resource({ "service.name": service });
  const spanProcessor = new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter({ url }));
  const provider = new sdk.BasicTracerProvider({ resource, spanProcessors: [spanProcessor] });
  api.context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  provider.register();
  const tracer = api.trace.getTracer("sluice");
  return {
    plugins: [new interceptors.OpenTelemetryPlugin({ resource, spanProcessor })],
    span: (name, attributes, work) =>
      tracer.startActiveSpan(name, { attributes }, async (span) => {
        try {
          return await work();
        } catch (error) {
          span.setStatus({ code: api.SpanStatusCode.ERROR }); // without its message: that is the log's
          throw error;
        } finally {
          span.end();
        }
      }),
    close: () => provider.shutdown().catch(() => {}), // a collector that is away fails no run
  };
}

function requireFetched() {
  return createRequire(new URL("deno.json", INSTALLED));
}

function loadPackages(): TracingPackages {
  const require = requireFetched();
  return {
    api: require("@opentelemetry/api"),
    hooks: require("@opentelemetry/context-async-hooks"),
    exporter: require("@opentelemetry/exporter-trace-otlp-http"),
    resources: require("@opentelemetry/resources"),
    sdk: require("@opentelemetry/sdk-trace-base"),
    interceptors: require("@temporalio/interceptors-opentelemetry"),
  };
}
