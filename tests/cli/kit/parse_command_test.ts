import assert from "node:assert/strict";
import { defineCommand } from "../../../cli/kit/flags.ts";
import { renderHelp } from "../../../cli/kit/help.ts";
import { asksForHelp, asksForVersion, parseCommand } from "../../../cli/kit/parse_command.ts";
import { InvalidInputError } from "../../../core/errors.ts";

const COMMAND = defineCommand({
  name: "gather",
  summary: "Gathers things.",
  description: "They lie about.\n\nAfterwards they do not.",
  arguments: {
    place: { description: "Where they lie" },
    container: { description: "What to put them in", optional: true },
  },
  flags: {
    maxSteps: { type: "integer", description: "Steps at most", min: 1, default: 200 },
    rate: { type: "number", description: "How fast", max: 1, placeholder: "RATE" },
    colour: {
      type: "text",
      description: "Which ones",
      placeholder: "C",
      choices: ["red", "blue"],
      aliases: ["color-name"],
    },
    set: { type: "list", description: "A change", placeholder: "A=B" },
    json: { type: "boolean", description: "Tell it in JSON" },
    gpu: { type: "refused", description: "things are gathered on the CPU" },
  },
  examples: [["deno task gather garden --rate 0.5", "at leisure"]],
});

function parse(...args: string[]) {
  return parseCommand(COMMAND, args);
}

function refusal(...args: string[]): string {
  try {
    parse(...args);
  } catch (error) {
    assert.ok(error instanceof InvalidInputError);
    return error.message;
  }
  throw new Error(`accepted: ${args.join(" ")}`);
}

Deno.test("parseCommand() gives every flag and argument its type and default", () => {
  assert.deepEqual(parse("garden").flags, {
    maxSteps: 200,
    rate: undefined,
    colour: undefined,
    set: [],
    json: false,
    gpu: undefined,
  });
  const { flags, arguments: words } = parse(
    "0007",
    "--max-steps=30",
    "--json",
    "box",
    "--rate",
    "1e-4",
    "--set",
    "a=1",
    "--set=b=--2",
    "--colour",
    "red",
  );
  assert.deepEqual(flags, {
    maxSteps: 30,
    rate: 1e-4,
    colour: "red",
    set: ["a=1", "b=--2"],
    json: true,
    gpu: undefined,
  });
  assert.deepEqual(words, { place: "0007", container: "box" });
});

Deno.test("parseCommand() takes hyphens, underscores, camelCase, aliases and a first separator", () => {
  for (const spelling of ["--max-steps", "--max_steps", "--maxSteps"]) {
    assert.equal(parse("garden", spelling, "5").flags.maxSteps, 5, spelling);
  }
  for (const spelling of ["--color-name", "--color_name"]) {
    assert.equal(parse("garden", spelling, "blue").flags.colour, "blue", spelling);
  }
  assert.equal(parse("--", "garden", "--json").flags.json, true);
  assert.equal(parse("garden", "--", "--json").arguments.container, "--json");
});

Deno.test("parseCommand() reads a negative number as the value of the flag before it", () => {
  assert.equal(parse("garden", "--rate", "-.5").flags.rate, -0.5);
  assert.match(refusal("garden", "--max-steps", "-5"), /an integer of at least 1, found "-5"/);
});

Deno.test("parseCommand() refuses what the tables do not allow", async (t) => {
  const refusals = [
    ["garden", "--max-stpes", "5"],
    ["garden", "--xyzzy"],
    ["garden", "-q"],
    ["garden", "-5"],
    ["garden", "--max-steps"],
    ["garden", "--max-steps="],
    ["garden", "--max-steps", "--json"],
    ["garden", "--max-steps", "many"],
    ["garden", "--max-steps", "1.5"],
    ["garden", "--max-steps", "0x10"],
    ["garden", "--max-steps", "1e400"],
    ["garden", "--max-steps", "5", "--max_steps", "6"],
    ["garden", "--rate", "2"],
    ["garden", "--colour", "rod"],
    ["garden", "--json=maybe"],
    ["garden", "--json", "--json"],
    ["garden", "--gpu"],
    ["garden", "--gpu", "0"],
    ["garden", "--__proto__", "1"],
    ["garden", "--constructor"],
    [],
    ["garden", "box", "bag"],
  ];
  const messages = refusals.map((args) => `${args.join(" ")}\n  ${refusal(...args)}`);
  await t.assertSnapshot(messages.join("\n"));
});

Deno.test("asksForHelp() finds the flag anywhere before a separator", () => {
  assert.ok(asksForHelp(["garden", "--nonsense", "--help"]));
  assert.ok(asksForHelp(["--", "-h"]));
  assert.ok(!asksForHelp(["garden", "--", "--help"]));
});

Deno.test("asksForVersion() finds the flag anywhere before a separator", () => {
  assert.ok(asksForVersion(["garden", "--version"]));
  assert.ok(!asksForVersion(["garden", "--", "--version"]));
});

Deno.test("renderHelp() leaves out what is not for people", () => {
  const parent = { type: "integer", description: "Who started it", internal: true } as const;
  assert.doesNotMatch(renderHelp({ ...COMMAND, flags: { parent } }), /Who started it/);
});

Deno.test("renderHelp() shows usage, flags with defaults, examples and exit statuses", async (t) => {
  await t.assertSnapshot(renderHelp(COMMAND));
});
