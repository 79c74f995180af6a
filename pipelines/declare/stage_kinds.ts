/**
 * Stages of kinds that modules register, by name of the kind. A module adds its own by
 * `declare module`, so that `definePipeline()` knows their parameters.
 */
// deno-lint-ignore no-empty-interface -- filled by the declarations of modules
export interface StageKinds {}
