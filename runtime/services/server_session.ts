import { existsSync } from "node:fs";
import type { Client } from "@temporalio/client";
import {
  addressFromEnvironment,
  connect,
  type Environment,
  type ServerAddress,
} from "../../infra/temporal/connection.ts";
import { databaseFile } from "../../infra/temporal/server.ts";
import { payloadConverter } from "../../infra/temporal/payload_converter.ts";
import { checkPlace } from "../data/root_identity.ts";
import { openClient } from "./open_client.ts";
import { currentServer, provideServer, runsServer, temporalDirectory } from "./services.ts";
import { shareServer } from "./shared_server.ts";

/** A client of the server that a data directory uses now. */
export interface ServerSession {
  readonly client: Client;
  readonly server: ServerAddress;
  /** Whether it was started for this session alone, so that no worker uses it. */
  readonly started: boolean;
}

export interface ServerOptions<Result> {
  /** Variables of the process. */
  readonly environment: Environment;
  /** Starts the directory's own server for the moment where it does not run. */
  readonly start?: boolean;
  /** Answers where the directory's own server has never run, so that it knows nothing. */
  readonly never?: () => Result;
  /** Answers where the directory's own server does not run now, in place of starting it. */
  readonly absent?: () => Promise<Result>;
  /** Called when a server is started. */
  readonly onNote?: (text: string) => void;
}

/**
 * Connects to the server of a data directory for as long as `use` takes.
 *
 * @throws {MissingToolError} If none runs and none is to be started
 */
export async function withServer<Result>(
  root: string,
  use: (session: ServerSession) => Promise<Result>,
  { environment, start = false, never, absent, onNote = () => {} }: ServerOptions<Result>,
): Promise<Result> {
  const own = addressFromEnvironment(environment) === null;
  checkPlace(root, { environment, onNote });
  if (own && never !== undefined && !existsSync(databaseFile(temporalDirectory(root)))) {
    return never();
  }
  if (own && absent !== undefined && !await runsServer(root, environment)) return await absent();
  const dataConverter = payloadConverter(root, environment); // before anything is started
  const share = start && own ? shareServer(root, environment) : null;
  try {
    const { server, started } = share === null
      ? { server: await currentServer(root, environment), started: false }
      : await provideServer(root, { environment, onProgress: onNote });
    const connection = await connect(server);
    try {
      const client = await openClient(connection, server, dataConverter);
      return await use({ client, server, started });
    } finally {
      await connection.close();
    }
  } finally {
    await share?.release();
  }
}

/** Returns the address of a workflow in the web UI, or null if there is no UI. */
export function workflowUi({ ui, namespace }: ServerAddress, workflowId: string): string | null {
  return ui && `${ui}/namespaces/${namespace}/workflows/${workflowId}`;
}
