import { existsSync } from "node:fs";
import { Client } from "@temporalio/client";
import { connect, type ServerAddress } from "../infra/temporal/connection.ts";
import { databaseFile, stopServer } from "../infra/temporal/server.ts";
import { noteLine } from "./output.ts";
import { currentServer, provideServer, temporalDirectory } from "./services.ts";

/** A client of the server that a data directory uses now. */
export interface ServerSession {
  readonly client: Client;
  readonly server: ServerAddress;
}

/**
 * Connects to the server of a data directory for as long as `use` takes.
 *
 * @param start Starts the directory's own server for the moment where it does not run, provided
 *   that it has ever run
 * @throws {MissingToolError} If none runs
 */
export async function withServer<Result>(
  root: string,
  use: (session: ServerSession) => Promise<Result>,
  { start = false }: { readonly start?: boolean } = {},
): Promise<Result> {
  const { server, started } = start && existsSync(databaseFile(temporalDirectory(root)))
    ? await provideServer(root, { onProgress: noteLine })
    : { server: await currentServer(root), started: false };
  const connection = await connect(server);
  try {
    return await use({ client: new Client({ connection, namespace: server.namespace }), server });
  } finally {
    await connection.close();
    if (started) await stopServer(temporalDirectory(root));
  }
}

/** Where the web UI shows a workflow, null where there is no UI. */
export function workflowUi({ ui, namespace }: ServerAddress, workflowId: string): string | null {
  return ui && `${ui}/namespaces/${namespace}/workflows/${workflowId}`;
}
