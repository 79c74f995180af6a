/**
 * The errors that callers branch on. Temporal retry policies match them by constructor name, so a
 * name here is part of the stored history of a workflow: rename only with a code version.
 *
 * A message is: action first, value last, no final full stop; path, expected, found, remedy.
 */

/** The parts of a message, which reads `Cannot <action> "<place>": expected …, found …: <remedy>`. */
export interface ErrorFields {
  /** The act that failed: `open`, `run policy`. */
  readonly action: string;
  /** Subject of the action, quoted in the message: a file, a flag, a path in a declaration. */
  readonly place?: string;
  /** Problem, if it is not that something other than the expected was found. */
  readonly problem?: string;
  readonly expected?: string;
  readonly found?: string | number;
  readonly remedy?: string;
}

/** Base of every error whose message is meant for the person who ran the command. */
export class SluiceError extends Error {
  /** The parts of the message as far as they are known: programs branch on these, never on it. */
  readonly fields: Partial<ErrorFields>;

  /** @param fields The parts that are known of a message which is given whole */
  constructor(message: string | ErrorFields, fields: Partial<ErrorFields> = {}) {
    super(typeof message === "string" ? message : textOf(message));
    this.fields = typeof message === "string" ? fields : message;
  }
  /** The message without its remedy. */
  get problem(): string {
    const { action, remedy: _, ...rest } = this.fields;
    return action === undefined ? rest.problem ?? this.message : textOf({ action, ...rest });
  }
  /** Remedy, null if the message has none or does not separate it. */
  get remedy(): string | null {
    return this.fields.remedy ?? null;
  }
  override get name(): string {
    return this.constructor.name;
  }
  /** Exit status of a command that ends with this error. */
  get exitStatus(): number {
    return 1;
  }
}

function textOf({ action, place, problem, expected, found, remedy }: ErrorFields): string {
  const parts = [`Cannot ${action}${place === undefined ? "" : ` "${place}"`}`];
  if (problem !== undefined) parts.push(problem);
  if (expected !== undefined) {
    parts.push(`expected ${expected}${found === undefined ? "" : `, found ${found}`}`);
  }
  if (remedy !== undefined) parts.push(remedy);
  return parts.join(": ");
}

/** A declaration, flag or file given by the user is wrong. Nothing was written; correct it. */
export class InvalidInputError extends SluiceError {
  override get exitStatus(): number {
    return 2;
  }
}

/** Stored bytes are not the bytes that were committed. Run `deno task verify`, then remove the stage. */
export class DamagedStoreError extends SluiceError {}

/** A store was written by a schema version that this code cannot write. */
export class SchemaVersionError extends SluiceError {}

/** The data directory cannot be written: full, read-only or without permission. Free it and run again. */
export class StoreAccessError extends SluiceError {}

/** The disk or the system refused an access that may succeed another time. Retried a few times. */
export class TransientStoreError extends SluiceError {}

/** Too few candidates were accepted within the declared number of attempts. Loosen the filter. */
export class NothingAcceptedError extends SluiceError {}

/** Another run holds the lock of a stage. Retried until it is released or goes stale. */
export class StageBusyError extends SluiceError {}

/** A recomputed stage has other bytes than the stored one. */
export class ReproductionError extends SluiceError {}

/** The code of a worker is not the code that started the run. Cancel the run and start it again. */
export class CodeChangedError extends SluiceError {}

/** A program of the user's failed, was silent or spoke nonsense. Retried a few times. */
export class ProgramError extends SluiceError {}

/** A shard made no progress for long: code of a module may loop forever. Retried once. */
export class StalledShardError extends SluiceError {}

/** A shard ended its worker several times. Give workers more memory, or correct the module. */
export class QuarantinedShardError extends SluiceError {}

/** Training left the finite numbers. Lower the learning rate or the gradient clip. */
export class DivergedError extends SluiceError {}

/** A figure is not as good as a gate asks. Improve the policy, or change the conditions. */
export class GateFailedError extends SluiceError {}

/** A program that is not part of the installation is needed and was not found. */
export class MissingToolError extends SluiceError {}

/** Type of the failure of an activity whose worker drains: another worker continues. */
export const WORKER_STOPPED = "WorkerStopped";

/** Type of the failure of an activity that a worker leaves to one on another machine. */
export const HANDED_ON = "HandedOn";

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Anything that was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}

/** An error as plain data, to cross a thread. */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Parts of the message of one of our errors. */
  readonly fields?: Partial<ErrorFields>;
}

const CLASSES: Readonly<
  Record<string, new (message: string, fields?: Partial<ErrorFields>) => SluiceError>
> = {
  InvalidInputError,
  DamagedStoreError,
  SchemaVersionError,
  StoreAccessError,
  TransientStoreError,
  NothingAcceptedError,
  StageBusyError,
  ReproductionError,
  CodeChangedError,
  DivergedError,
  GateFailedError,
  MissingToolError,
  ProgramError,
  StalledShardError,
  QuarantinedShardError,
};

/** Names of errors that another attempt may cure. */
const PASSING: readonly string[] = [
  StageBusyError.name,
  TransientStoreError.name,
  ProgramError.name,
  StalledShardError.name,
];

/** Names of errors that another attempt cannot cure, for Temporal's `nonRetryableErrorTypes`. */
export const PERMANENT_ERRORS: readonly string[] = Object.keys(CLASSES)
  .filter((name) => !PASSING.includes(name));

/** Anything that was thrown, as plain data. */
export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: undefined };
  const { name, message, stack } = error;
  return {
    name,
    message,
    stack,
    ...(error instanceof SluiceError ? { fields: error.fields } : {}),
  };
}

/**
 * Restores an error that {@linkcode serializeError} converted, with its class if it is one of ours.
 */
export function reviveError(plain: SerializedError): Error {
  const Class = CLASSES[plain.name];
  const error: Error = Class ? new Class(plain.message, plain.fields) : new Error(plain.message);
  if (!Class) error.name = plain.name;
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
