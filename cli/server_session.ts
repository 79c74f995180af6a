import { Client } from "@temporalio/client";
import { connect, type ServerAddress } from "../infra/temporal/connection.ts";
import { currentServer } from "./services.ts";

/** A client of the server that a data directory uses now. */
export interface ServerSession {
  readonly client: Client;
  readonly server: ServerAddress;
}

/**
 * Connects to the server of a data directory for as long as `use` takes.
 *
 * @throws {MissingToolError} If none runs
 */
export async function withServer<Result>(
  root: string,
  use: (session: ServerSession) => Promise<Result>,
): Promise<Result> {
  const server = await currentServer(root);
  const connection = await connect(server);
  try {
    return await use({ client: new Client({ connection, namespace: server.namespace }), server });
  } finally {
    await connection.close();
  }
}

/** Where the web UI shows a workflow, null where there is no UI. */
export function workflowUi({ ui, namespace }: ServerAddress, workflowId: string): string | null {
  return ui && `${ui}/namespaces/${namespace}/workflows/${workflowId}`;
}
