import { InvalidInputError } from "../../core/errors.ts";

/** Faults of foreign data: errors that stop an import, and notes for people. */

/** Severity of a fault: an `error` stops the import. */
export type FaultSeverity = "error" | "warning" | "note";

/** One thing that is not as it should be. */
export interface ImportFault {
  /** Name of the kind, in snake_case: `count_mismatch`, `not_finite`. */
  readonly code: string;
  readonly severity: FaultSeverity;
  /** Location of the fault: `"meta/info.json"`, `episode 3, step 5, column "action"`. */
  readonly place: string;
  /** A clause `expected …, found …: <remedy>`. */
  readonly message: string;
}

/** A fault that stops an import. */
export class ImportError extends InvalidInputError {
  readonly fault: ImportFault;

  /** @param source What is imported, as errors name it */
  constructor(source: string, fault: ImportFault) {
    super(`Cannot import "${source}", ${fault.place}: ${fault.message}`);
    this.fault = fault;
  }
}

/** Faults of one code that are kept; more of them are counted. */
const KEPT_PER_CODE = 20;

/** The faults of one import, in the order in which they were found. */
export class ImportFaults {
  readonly #source: string;
  readonly #stops: boolean;
  readonly #kept: ImportFault[] = [];
  readonly #found = new Map<string, number>();

  /**
   * @param source What is imported, as errors name it
   * @param options `stops`: whether an error is thrown where it is found, or kept like the others
   */
  constructor(source: string, { stops }: { readonly stops: boolean }) {
    this.#source = source;
    this.#stops = stops;
  }

  /**
   * Keeps a fault.
   *
   * @throws {ImportError} If it is an error, and errors stop the import
   */
  report(fault: ImportFault): void {
    if (this.#stops && fault.severity === "error") throw new ImportError(this.#source, fault);
    const kind = `${fault.severity} ${fault.code}`, found = (this.#found.get(kind) ?? 0) + 1;
    this.#found.set(kind, found);
    if (found <= KEPT_PER_CODE) this.#kept.push(fault);
  }

  /** An error after which nothing more can be read, to be thrown. */
  refuse(fault: Omit<ImportFault, "severity">): ImportError {
    return new ImportError(this.#source, { ...fault, severity: "error" });
  }

  /** Lists the faults found, and how many more there are of each kind. */
  list(): readonly ImportFault[] {
    const more = [...this.#found].flatMap(([kind, found]): ImportFault[] => {
      if (found <= KEPT_PER_CODE) return [];
      const [severity, code] = kind.split(" ") as [FaultSeverity, string]; // joined above
      const message = `found ${found - KEPT_PER_CODE} more like the ${KEPT_PER_CODE} named`;
      return [{ code, severity, place: "the whole dataset", message }];
    });
    return [...this.#kept, ...more];
  }
}
