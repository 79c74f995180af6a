/** A quantity over optimiser steps. */
export interface Curve {
  /** "train", "validation" ... */
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}
