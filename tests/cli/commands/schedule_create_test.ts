import assert from "node:assert/strict";
import { join } from "node:path";
import { parseCommand } from "../../../cli/kit/parse_command.ts";
import { CREATE, create } from "../../../cli/commands/schedule_create.ts";
import { InvalidInputError } from "../../../core/errors.ts";

/** Command lines that are refused, and what the message says. */
const REFUSED: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [["reach-expert"], /expected --daily HH:MM/],
  [["reach-expert", "--daily", "25:00"], /from 00:00 to 23:59, found "25:00"/],
  [["reach-expert", "--daily", "02:00", "--timezone", "Mars/Phobos"], /IANA name/],
  [["reach-expert", "--daily", "02:00", "--mode", "sometimes"], /reproduce or fresh/],
  [["reach-expert", "--daily", "02:00", "--name", "../nights"], /expected a name/],
  [["reach-expert", "--daily", "02:00", "--set", "train.stepps=5"], /did you mean "steps"/],
  [["reach-expert", "--daily", "02:00", "--episodes", "0"], /at least 1/],
  [["reach-expret", "--daily", "02:00"], /did you mean "reach-expert"/],
  [["missing.yaml", "--daily", "02:00"], /no such file/],
  [["reach-expert", "--daily", "02:00", "--on-failure", ""], /expected a value, found none/],
  [["--daily", "02:00"], /expected <pipeline>/],
  [
    [
      "reach-random",
      "--daily",
      "02:00",
      "--mode",
      "fresh",
      "--set",
      "generate.seed=1",
      "--set",
      "merge.seed=1",
    ],
    /each stage sets its own/,
  ],
];

Deno.test("create() refuses bad input before a server starts or a directory is made", async () => {
  const parent = await Deno.makeTempDir({ prefix: "sluice-schedule-" });
  const before = Deno.env.get("SLUICE_HOME");
  Deno.env.set("SLUICE_HOME", join(parent, "data"));
  try {
    for (const [args, message] of REFUSED) {
      await assert.rejects(
        async () => await create(parseCommand(CREATE, args)),
        (error) => {
          assert.ok(error instanceof InvalidInputError, `${args}: ${error}`);
          assert.match(error.message, message);
          return true;
        },
      );
    }
    assert.deepEqual([...Deno.readDirSync(parent)], []);
  } finally {
    if (before === undefined) Deno.env.delete("SLUICE_HOME");
    else Deno.env.set("SLUICE_HOME", before);
    await Deno.remove(parent, { recursive: true });
  }
});
