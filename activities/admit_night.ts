import { z } from "zod";
import { checkInput, NAME } from "../pipelines/plan_schema.ts";
import { RUN_PLACE, TEXT, WORKFLOW_ID } from "../pipelines/task_schema.ts";
import type { FailureTask, NightTask } from "./nightly_types.ts";

/**
 * Checks what the activities of nights are given, as `admit.ts` does for those of runs. Each throws
 * `InvalidInputError` if it is no task of this activity. What they do not know they let pass: a
 * night may be one of later code.
 */

/** Checks the task of the activity that plans a night; the rest of a declaration the compiler checks. */
export function admitPlanNight(given: unknown): NightTask {
  return checkInput("the task of planNight", NIGHT_TASK, given);
}

/** Checks the task of the activity that takes a run over. */
export function admitTakeOver(given: unknown): { readonly workflowId: string } {
  return checkInput("the task of takeOver", TAKE_OVER_TASK, given);
}

/** Checks the task of the activity that runs the failure command of a schedule. */
export function admitFailureCommand(given: unknown): FailureTask {
  return checkInput("the task of runFailureCommand", FAILURE_TASK, given);
}

const DECLARATION = z.looseObject({
  name: NAME,
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  stages: z.record(z.string().max(255), z.looseObject({ kind: z.string().max(255) })),
});

const NIGHT_TASK = z.object({
  declaration: DECLARATION,
  mode: z.enum(["reproduce", "fresh"]),
  nominal: z.string().max(64).refine((text) => parses(() => Temporal.Instant.from(text)), {
    error: "expected a moment, such as 2026-11-21T01:00:00Z",
  }),
  daily: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: "expected HH:MM" }).optional(),
  timezone: z.string().max(64).refine(
    (timeZone) => parses(() => new Intl.DateTimeFormat("en", { timeZone })),
    { error: "expected a time zone" },
  ),
}) as unknown as z.ZodType<NightTask>; // the compiler checks the stages

const TAKE_OVER_TASK = z.object({ workflowId: WORKFLOW_ID });

const FAILURE_TASK = z.object({
  schedule: NAME,
  pipeline: NAME,
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, { error: "expected YYYY-MM-DD" }).nullable(),
  error: z.object({ name: TEXT, message: TEXT }),
  directory: RUN_PLACE.nullable(),
});

function parses(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
