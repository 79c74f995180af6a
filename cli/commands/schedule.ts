import { runGroup } from "../kit/command_group.ts";
import { SCHEDULE_COMMANDS } from "./schedule_commands.ts";

if (import.meta.main) {
  await runGroup({
    name: "schedule",
    summary: "Runs pipelines every night: regenerates what is stored, or new data.",
    commands: SCHEDULE_COMMANDS,
  });
}
