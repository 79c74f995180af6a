import { runGroup } from "../kit/command_group.ts";
import { SCHEDULE_COMMANDS } from "./schedule_commands.ts";

if (import.meta.main) {
  await runGroup({
    name: "schedule",
    summary: "Schedules nightly runs that reproduce stored results or generate new data.",
    commands: SCHEDULE_COMMANDS,
  });
}
