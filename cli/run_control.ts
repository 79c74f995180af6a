import {
  Client,
  type Connection,
  type WorkflowHandleWithFirstExecutionRunId,
} from "@temporalio/client";
import { defaultPayloadConverter, TypedSearchAttributes } from "@temporalio/common";
import type { RunSummary } from "../activities/types.ts";
import { CodeChangedError } from "../core/errors.ts";
