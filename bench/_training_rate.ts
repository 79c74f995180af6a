import { trainModel, type TrainOptions } from "../learn/mod.ts";

/** Training whose rate is measured, but for what all of them have in common. */
export interface MeasuredTraining
  extends Pick<TrainOptions, "model" | "parameters" | "seed" | "source" | "threads"> {
  readonly steps: number;
}

/** @returns Steps per second, without what comes before the first and a validation on the way */
export async function trainingRate(
  { steps, parameters, ...rest }: MeasuredTraining,
): Promise<number> {
  const { stepsPerSecond } = await trainModel({
    ...rest,
    parameters: { ...parameters, steps },
    stream: "bench",
    checkpointEvery: steps,
    validateEvery: steps * 2,
  });
  return stepsPerSecond;
}
