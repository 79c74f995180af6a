/** Kinds of action noise, by its correlation between steps. */
export const NOISE_KINDS = ["gaussian", "ornstein-uhlenbeck"] as const;

/** One of {@linkcode NOISE_KINDS}. */
export type NoiseKind = typeof NOISE_KINDS[number];
