/** Address of a Temporal server, and the access to it. */
export interface ServerAddress {
  /** `host:port` of the gRPC frontend. */
  readonly address: string;
  readonly namespace: string;
  /** Address of the web UI, null if it is not known. */
  readonly ui: string | null;
  readonly apiKey?: string;
  readonly tls?: TlsFiles | true;
  /** Whether the server is this data directory's own. */
  readonly own: boolean;
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly serverName?: string;
  readonly serverRootCa?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** Environment variables that Temporal's own tools read. */
export type Environment = Readonly<Record<string, string | undefined>>;
