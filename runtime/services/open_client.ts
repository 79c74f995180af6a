import type { Client, ConnectionLike } from "@temporalio/client";
import type { DataConverter } from "@temporalio/common";
import type { ServerAddress } from "../../infra/temporal/connection.ts";

/** Opens a client of Temporal, whose code is loaded only now: most of what a command would load. */
export async function openClient(
  connection: ConnectionLike,
  { namespace }: ServerAddress,
  dataConverter: DataConverter,
): Promise<Client> {
  const { Client } = await import("@temporalio/client");
  return new Client({ connection, namespace, dataConverter });
}
