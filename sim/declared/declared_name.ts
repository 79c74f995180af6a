/** Name of every environment that comes from a file. */
export const DECLARED = "declared";
