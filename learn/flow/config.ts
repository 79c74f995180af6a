import { z } from "zod";
import { ARCHITECTURE } from "./architecture.ts";

/** What a saved flow predicts, of what, and its sizes. */
export const FLOW_CONFIG = z.strictObject({
  architecture: ARCHITECTURE,
  state: z.array(z.string()).min(1),
  condition: z.array(z.string()),
  /** Fields whose movement makes a transition a moving one. */
  moving: z.array(z.string()),
  maxSteps: z.int().min(1),
  controlHz: z.number().gt(0),
  consistency: z.number().min(0),
  robust: z.number().min(0),
});

/** The configuration of a saved flow. */
export type FlowConfig = z.output<typeof FLOW_CONFIG>;
