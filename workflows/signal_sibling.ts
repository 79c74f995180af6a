import { ApplicationFailure, getExternalWorkflowHandle } from "@temporalio/workflow";

/** Signals another stage of the same pipeline; one that has ended needs to know nothing more. */
export async function signalSibling(
  parent: string,
  stage: string,
  send: (handle: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>,
): Promise<void> {
  try {
    await send(getExternalWorkflowHandle(`${parent}/${stage}`));
  } catch (error) {
    if (error instanceof ApplicationFailure) return;
    throw error;
  }
}
