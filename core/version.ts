/** Version of the project, as provenance and exported files name it; deno.json has the same. */
export const SLUICE_VERSION = "0.1.0";
