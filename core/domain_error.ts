/** Error below the layers that Temporal wraps around it. */
export interface DomainError {
  /** Class of the error, e.g. `NothingAcceptedError`. */
  readonly name: string;
  readonly message: string;
  /** Details that a workflow of ours attached. */
  readonly details: readonly unknown[];
}

/** Names of the errors that only say which part of a run has failed. */
const LAYERS: readonly string[] = [
  "WorkflowFailedError",
  "ChildWorkflowFailure",
  "ActivityFailure",
];

/** The error that an activity or a workflow below threw, by its own name. */
export function domainError(failure: unknown): DomainError {
  let error = failure;
  while (error instanceof Error && LAYERS.includes(error.name) && error.cause !== undefined) {
    error = error.cause;
  }
  if (!(error instanceof Error)) return { name: "Error", message: String(error), details: [] };
  const { message } = error;
  // ApplicationFailure has the class of the error that was thrown as its type.
  const type = "type" in error && typeof error.type === "string" ? error.type : error.name;
  const details = "details" in error && Array.isArray(error.details) ? error.details : [];
  return { name: type, message, details };
}
