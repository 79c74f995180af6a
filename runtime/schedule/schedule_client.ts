import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  WorkflowNotFoundError,
} from "@temporalio/client";
import { InvalidInputError, messageOf, SluiceError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import type { ServerAddress } from "../../infra/temporal/connection.ts";
import { knowsSearchAttributes } from "../../infra/temporal/namespace.ts";
import { SEARCH_ATTRIBUTES } from "../../workflows/search_attributes.ts";
import type { NightlyInput, NightRecord } from "../../workflows/types.ts";
import { rootNames } from "../data/root_identity.ts";
import { nightlyQueue } from "../run/run_identity.ts";
import { adoptSchedules, earlierSchedule, isAdopted } from "./adopt_schedules.ts";
import { type BackfillRange, dailySpec } from "./schedule_time.ts";
import { type ServerOptions, withServer } from "../services/server_session.ts";

/** Time within which a nightly run that was missed because nothing ran is backfilled. */
const CATCHUP_WINDOW = "1 day";

/**
 * Time that a nightly run may take, waiting for workers included, before the server gives it up.
 */
const NIGHT_TIMEOUT = "30 days";

/** Outcome of a nightly run that started, as the server names it in lower case, or `forgotten`. */
export type NightStatus = string;

/** A night that a schedule began. */
export interface Night {
  /** Id of the night's own workflow. */
  readonly id: string;
  /** When it was due, ISO 8601; of a triggered night, when it was triggered. */
  readonly nominal: string;
  readonly status: NightStatus;
  /** Null if the server has forgotten it. */
  readonly record: NightRecord | null;
}

/** Schedules of a data directory, by the names that they have there. */
export class Schedules {
  readonly server: ServerAddress;
  readonly #root: string;
  readonly #client: Client;

  constructor(root: string, server: ServerAddress, client: Client) {
    this.#root = root;
    this.server = server;
    this.#client = client;
  }

  /** @throws {InvalidInputError} If there is one of the name */
  async create(input: NightlyInput, today: Temporal.PlainDate): Promise<void> {
    const { schedule, declaration, daily, timezone } = input;
    const known = await knowsSearchAttributes(this.#client.connection, this.server.namespace);
    if (await this.#earlierId(schedule) !== null) throw isTaken(schedule);
    try {
      await this.#client.schedule.create({
        scheduleId: this.#id(schedule),
        spec: dailySpec({ time: daily, timezone }, today),
        policies: { overlap: "SKIP", catchupWindow: CATCHUP_WINDOW },
        action: {
          type: "startWorkflow",
          workflowType: "nightly",
          workflowId: `${this.#id(schedule)}-night`,
          taskQueue: nightlyQueue(this.#root),
          args: [input],
          staticSummary: `night of ${schedule}`,
          workflowExecutionTimeout: NIGHT_TIMEOUT,
          typedSearchAttributes: known
            ? [{ key: SEARCH_ATTRIBUTES.pipeline, value: declaration.name }]
            : [],
        },
      });
    } catch (error) {
      if (error instanceof ScheduleAlreadyRunning) throw isTaken(schedule);
      const cause = error instanceof Error ? error.cause ?? error : error;
      throw new SluiceError({
        action: "create schedule",
        place: schedule,
        problem: messageOf(cause),
      });
    }
  }

  /** Names of all, in alphabetical order. */
  async names(): Promise<readonly string[]> {
    const suffix = this.#id(""), names = new Set<string>();
    for await (const { scheduleId } of this.#client.schedule.list()) {
      if (scheduleId.endsWith(suffix)) names.add(scheduleId.slice(0, -suffix.length));
      const earlier = earlierSchedule(scheduleId, this.#root);
      if (earlier === null || !await isAdopted(this.#client, this.#root, scheduleId)) continue;
      names.add(earlier);
    }
    return [...names].sort();
  }

  /** Finds the id of a schedule that an earlier version created, null if there is none. */
  async #earlierId(name: string): Promise<string | null> {
    const [, ...before] = rootNames(this.#root);
    if (before.length === 0) return null;
    const ids = before.map((end) => `${name}-${end}`);
    for await (const { scheduleId } of this.#client.schedule.list()) {
      if (!ids.includes(scheduleId)) continue;
      if (await isAdopted(this.#client, this.#root, scheduleId)) return scheduleId;
    }
    return null;
  }

  /** @throws {InvalidInputError} If there is no schedule of the name */
  async describe(name: string): Promise<ScheduleDescription> {
    return await this.#on(name, (handle) => handle.describe());
  }

  /** Returns the input of the workflow that a schedule starts. */
  inputOf({ action }: ScheduleDescription): NightlyInput {
    return action.args?.[0] as NightlyInput; // create() put it there
  }

  /** The nights that a schedule began last, newest first. */
  async nights({ info }: ScheduleDescription): Promise<readonly Night[]> {
    return await Promise.all(
      info.recentActions.toReversed().map(async ({ scheduledAt, action: { workflow } }) => ({
        id: workflow.workflowId,
        nominal: scheduledAt.toISOString(),
        ...await this.#outcome(workflow),
      })),
    );
  }

  async #outcome(
    { workflowId, firstExecutionRunId }: { workflowId: string; firstExecutionRunId: string },
  ): Promise<Pick<Night, "status" | "record">> {
    try {
      const handle = this.#client.workflow.getHandle(workflowId, firstExecutionRunId);
      const { status, memo } = await handle.describe();
      const record = memo?.["night"] as NightRecord | undefined; // of workflows/nightly.ts
      return {
        status: status.name.toLowerCase().replaceAll("_", " "),
        record: record ?? null,
      };
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return { status: "forgotten", record: null }; // older than the retention
    }
  }

  pause(name: string, note: string): Promise<void> {
    return this.#on(name, (handle) => handle.pause(note));
  }

  resume(name: string, note: string): Promise<void> {
    return this.#on(name, (handle) => handle.unpause(note));
  }

  trigger(name: string): Promise<void> {
    return this.#on(name, (handle) => handle.trigger("SKIP"));
  }

  /** Queues nightly runs, to run one after another after the current one. */
  backfill(name: string, { start, end }: BackfillRange): Promise<void> {
    return this.#on(name, (handle) => handle.backfill({ start, end, overlap: "BUFFER_ALL" }));
  }

  delete(name: string): Promise<void> {
    return this.#on(name, async (handle) => {
      await handle.describe();
      try {
        await handle.delete();
      } catch (error) {
        // A request whose answer was lost is sent again, and then there is nothing to delete.
        if (!(error instanceof ScheduleNotFoundError)) throw error;
      }
    });
  }

  async #on<Result>(
    name: string,
    act: (handle: ScheduleHandle) => Promise<Result>,
  ): Promise<Result> {
    try {
      const id = await this.#earlierId(name) ?? this.#id(name);
      return await act(this.#client.schedule.getHandle(id));
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      throw unknownSchedule(name, await this.names());
    }
  }

  /** Data directories may share a server. */
  #id(name: string): string {
    return `${name}-${rootNames(this.#root)[0]}`;
  }
}

function isTaken(schedule: string): InvalidInputError {
  return new InvalidInputError({
    action: "create schedule",
    place: schedule,
    expected: "a new name",
    found: "a schedule of that name",
    remedy: "choose another with --name, or delete that one first",
  });
}

/** The user's error where there is no schedule of a name. */
export function unknownSchedule(name: string, known: readonly string[]): InvalidInputError {
  const remedy = known.length === 0
    ? 'there are none yet: see "deno task schedule create --help"'
    : suggestName(name, known);
  return new InvalidInputError({
    action: "find schedule",
    place: name,
    expected: "one of this data directory",
    found: "none of that name",
    remedy,
  });
}

/**
 * Lets `use` work with the schedules of a data directory. If its server is not running, one is
 * started for that time: schedules are stored in its database.
 *
 * @param options What else {@linkcode withServer} takes; silent unless it says otherwise
 */
export function withSchedules<Result>(
  root: string,
  use: (schedules: Schedules) => Promise<Result>,
  options: Pick<ServerOptions<Result>, "environment" | "never" | "absent" | "onNote">,
): Promise<Result> {
  return withServer(
    root,
    async ({ client, server }) => {
      await adoptSchedules(client, root, server);
      return await use(new Schedules(root, server, client));
    },
    { start: true, ...options },
  );
}
