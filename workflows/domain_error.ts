import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from "@temporalio/workflow";

/** Error below the layers that Temporal wraps around it. */
export interface DomainError {
  /** Class of the error, e.g. `NothingAcceptedError`. */
  readonly name: string;
  readonly message: string;
  /** Details that a workflow of ours attached. */
  readonly details: readonly unknown[];
}

/** The error that an activity or a workflow below threw, by its own name. */
export function domainError(failure: unknown): DomainError {
  let error = failure;
  while (error instanceof ChildWorkflowFailure || error instanceof ActivityFailure) {
    if (error.cause === undefined) break;
    error = error.cause;
  }
  const { type, details } = error instanceof ApplicationFailure
    ? error
    : { type: null, details: null };
  const name = type ?? (error instanceof Error ? error.name : "Error");
  return {
    name,
    message: error instanceof Error ? error.message : String(error),
    details: details ?? [],
  };
}
