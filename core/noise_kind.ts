/** How noise on the action goes on from step to step. */
export const NOISE_KINDS = ["gaussian", "ornstein-uhlenbeck"] as const;

/** One of {@linkcode NOISE_KINDS}. */
export type NoiseKind = typeof NOISE_KINDS[number];
