/** One damaged or missing file. */
export interface Fault {
  /** Relative to the verified directory. */
  readonly path: string;
  /** E.g. `array "data/action", chunk 3: checksum is …, expected …`. */
  readonly problem: string;
}

export interface VerifyReport {
  readonly commits: number;
  readonly files: number;
  readonly bytes: number;
  readonly faults: readonly Fault[];
}

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly files: number; readonly bytes: number }) => void;
}

/** Reads again all that commits name in and below a directory; goes on after a fault. */
export function verifyDirectory(
  _directory: string,
  _options: VerifyOptions = {},
): Promise<VerifyReport> {
  throw new Error("not built yet");
}
