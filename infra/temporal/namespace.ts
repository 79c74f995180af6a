import type { ConnectionLike } from "@temporalio/client";
import { MARK_KEY } from "./mark.ts";

/** Names and types of the search attributes, as the server is told at its start. */
export const SEARCH_ATTRIBUTE_NAMES = [
  "SluicePipeline",
  "SluiceRun",
  "SluiceStage",
  "SluiceDigest",
] as const;

/** How long closed workflows stay in the server: a month of nightly runs. */
const RETENTION_SECONDS = 30 * 24 * 3600;

/**
 * Sets the retention of a namespace of our own server, and what it says of its database.
 *
 * @param mark See `markOf()`
 */
export async function setUpNamespace(
  connection: ConnectionLike,
  namespace: string,
  mark: string | null,
): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace,
    ...(mark === null ? {} : { updateInfo: { data: { [MARK_KEY]: mark } } }),
    config: { workflowExecutionRetentionTtl: { seconds: RETENTION_SECONDS } as never }, // the generated type asks for a Long, which numbers become
  });
}

/** Whether a server knows all our search attributes. */
export async function knowsSearchAttributes(
  connection: ConnectionLike,
  namespace: string,
): Promise<boolean> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    return SEARCH_ATTRIBUTE_NAMES.every((name) => name in customAttributes);
  } catch {
    return false; // no permission to ask: go without
  }
}
