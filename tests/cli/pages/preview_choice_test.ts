import assert from "node:assert/strict";
import { parseCommand } from "../../../cli/kit/parse_command.ts";
import { checkPreviewFlags, choosePreview } from "../../../cli/pages/preview_choice.ts";
import { RUN_ENV } from "../../../cli/commands/run_env.ts";
import { InvalidInputError } from "../../../core/errors.ts";

/** What a command line asks to see. */
async function choose(...args: readonly string[]) {
  const { arguments: { environment }, flags } = parseCommand(RUN_ENV, args);
  checkPreviewFlags(environment, flags);
  return await choosePreview(environment, flags);
}

Deno.test("checkPreviewFlags() refuses a page beside what saves or shows something else", async () => {
  for (
    const [args, reason] of [
      [["reach", "--preview", "--headless"], /"--preview" and "--headless".* omit one/],
      [["reach", "--preview", "--filter_dataset_saving"], /and "--filter-dataset-saving"/],
      [["--gym_config", "g.yaml", "--preview", "--save-failed-episodes"], /saves nothing/],
      [["--gym_config", "g.yaml", "--preview", "--plan"], /and "--plan"/],
      [["reach", "--preview", "--json"], /and "--json"/],
      [["reach", "--preview", "--gym-config", "g.yaml"], /a name or config files, found both/],
      [["reach"], /expected --preview.*"deno task generate reach"/],
      [["--gym-config", "g.yaml", "--port", "8080"], /"--port": expected "--preview" with it/],
    ] as const
  ) {
    await assert.rejects(choose(...args), (error) => {
      assert.ok(error instanceof InvalidInputError); // exit status 2
      assert.match(error.message, reason);
      return true;
    });
  }
});

Deno.test("choosePreview() names what is missing or unknown", async () => {
  for (
    const [args, reason] of [
      [["--preview"], /expected a gym config or an environment, found neither/],
      [["reech", "--preview"], /Cannot find environment "reech".*reach/],
      [["--preview", "--gym-config", "none.yaml"], /none\.yaml/],
      [
        [
          "--preview",
          "--gym-config",
          "pipelines/shipped/pour_water/gym_config.json",
          "--policy",
          "scripted",
        ],
        /"--policy scripted": expected random: add --action-config FILE/,
      ],
    ] as const
  ) {
    await assert.rejects(choose(...args), (error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.match(error.message, reason);
      return true;
    });
  }
  const { policy, randomize, seed } = await choose("push-t", "--preview", "--seed", "3");
  assert.deepEqual({ policy, randomize, seed }, { policy: "scripted", randomize: false, seed: 3 });
});
