import type { ConnectionLike } from "@temporalio/client";

/** Names and types of the search attributes, which the server gets at its start. */
export const SEARCH_ATTRIBUTE_NAMES = [
  "SluicePipeline",
  "SluiceRun",
  "SluiceStage",
  "SluiceDigest",
] as const;

/** Retention of closed workflows in the server: a month of nightly runs (s). */
const RETENTION_SECONDS = 30 * 24 * 3600;

/** Sets the retention of a namespace of our own server. */
export async function setUpNamespace(
  connection: ConnectionLike,
  namespace: string,
): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace,
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
