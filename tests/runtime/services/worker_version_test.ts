import assert from "node:assert/strict";
import { untilReplaced } from "../../../runtime/services/worker_version.ts";
import { nightlyQueue } from "../../../runtime/run/run_identity.ts";
import { Schedules } from "../../../runtime/schedule/schedule_client.ts";
import {
  BUILD,
  inputOf,
  nightlyWorker,
  OLD_BUILD,
  startRun,
  TODAY,
  until,
} from "../../workflows/_nights.ts";
import { TestServer } from "../../workflows/_temporal.ts";

/** Interval of the checks of workers (ms). */
const INTERVAL = 50;

Deno.test({
  name:
    "untilReplaced() ends workers of an older build after their runs, and nights are the newest's",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using server = await TestServer.start();
    const { root, client } = server;
    const schedules = new Schedules(root, server.address, client);
    await schedules.create(inputOf("nights"), TODAY);
    const ended = new AbortController();
    /** Runs a worker of a build until another has its place. */
    const serve = async (build: string) => {
      const worker = await nightlyWorker(server, build, { rolling: true });
      const replaced = untilReplaced(client, { root, build }, ended.signal, INTERVAL);
      return { done: worker.runUntil(replaced), replaced };
    };
    /** The memo of the run that a night starts. */
    const runOfNight = async () => {
      await schedules.trigger("nights");
      const query = 'ExecutionStatus = "Running" AND WorkflowType = "pipeline"';
      return await until(
        () => Array.fromAsync(client.workflow.list({ query })),
        (runs) => runs.length > 0,
      );
    };
    let isOver = false;
    const old = await serve(OLD_BUILD);
    old.replaced.then(() => isOver = true);
    const person = await startRun(server, OLD_BUILD); // nobody ends it yet
    await until(
      () => client.workflow.count('ExecutionStatus = "Running"'),
      ({ count }) => count > 0,
    );
    const young = await serve(BUILD);
    const current = () =>
      client.workflowService.describeWorkerDeployment({
        namespace: "default",
        deploymentName: nightlyQueue(root),
      });
    await until(current, ({ workerDeploymentInfo }) => {
      const { routingConfig } = workerDeploymentInfo ?? {};
      return routingConfig?.currentDeploymentVersion?.buildId === BUILD;
    });
    assert.equal(isOver, false); // a run of its build is open
    await person.terminate("as if it had ended");
    await old.done;
    const [night] = await runOfNight();
    ended.abort();
    await young.done;
    assert.equal(night!.memo?.["build"], BUILD);
  },
});
