/**
 * Records `nightly.json`: a night that finds its run left open by older code, takes it over and runs
 * it to its end. To be run where `nightly()` changes behind `patched()`, beside the old history:
 *
 *     deno run -A tests/replay/record_nightly.ts
 */
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { Schedules } from "../../runtime/schedule/schedule_client.ts";
import { FakeActivities } from "../workflows/_fake_activities.ts";
import {
  BUILD,
  endedNights,
  inputOf,
  OLD_BUILD,
  startRun,
  TODAY,
  withBuild,
} from "../workflows/_nights.ts";
import { TestServer } from "../workflows/_temporal.ts";

const FILE = new URL("./nightly.json", import.meta.url);

await using server = await TestServer.start();
const schedules = new Schedules(server.root, server.address, server.client);
await startRun(server, OLD_BUILD);
await withBuild(server, BUILD, {
  fake: new FakeActivities(),
  async use() {
    await schedules.create(inputOf("heir"), TODAY);
    await schedules.trigger("heir");
    const [night] = await endedNights(schedules, "heir", 1);
    const history = await server.client.workflow.getHandle(night!.id).fetchHistory();
    // Names of processes and machines are nobody's business.
    const text = historyToJSON(history).replaceAll(/"\d+@.*?"/g, '"worker"');
    await Deno.writeTextFile(FILE, text + "\n");
  },
});
