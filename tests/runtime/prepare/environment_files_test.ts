import assert from "node:assert/strict";
import { join } from "node:path";
import { readEnvironmentPair } from "../../../runtime/prepare/environment_files.ts";
import { LIFT_ACTIONS, LIFT_GYM } from "../../sim/declared/_lift.ts";
import { withDirectory } from "../../store/_episodes.ts";

Deno.test("readEnvironmentPair() says that two files are exchanged, not what each lacks as the other", () =>
  withDirectory(async (folder) => {
    const gym = join(folder, "gym.json"), actions = join(folder, "actions.json");
    await Deno.writeTextFile(gym, JSON.stringify(LIFT_GYM));
    await Deno.writeTextFile(actions, JSON.stringify(LIFT_ACTIONS));
    await readEnvironmentPair(gym, actions);
    for (
      const [first, second, message] of [
        [
          actions,
          gym,
          `Cannot use gym config "${actions}": expected id, robot, found scope, node, edge, which ` +
          "an action config has: swap the two files",
        ],
        [actions, null, /^Cannot use gym config .*swap the two files$/],
        [
          gym,
          gym,
          `Cannot use action config "${gym}": expected scope, node, edge, found id, robot, which a ` +
          "gym config has: swap the two files",
        ],
      ] as const
    ) {
      await assert.rejects(
        readEnvironmentPair(first, second),
        { name: "InvalidInputError", message },
      );
    }
  }));
