import { InvalidInputError } from "../../core/errors.ts";
import { openPipes } from "../../runtime/environment_server/channel.ts";
import { serveEnvironment } from "../../runtime/environment_server/session.ts";
import { defineCommand } from "../kit/flags.ts";
import { reportError, runCommand } from "../kit/run_command.ts";

export const ENV_SERVER = defineCommand({
  name: "env-server",
  summary: "Serves an environment to its parent process, such as the Python package.",
  description: "Exchanges frames over two inherited pipes (see docs/python_protocol.md); nothing " +
    "listens on a port. It ends when the pipes are closed.",
  arguments: {},
  flags: {
    fds: {
      type: "text",
      placeholder: "IN,OUT",
      description: "File descriptors to read requests from and write answers to",
    },
    library: {
      type: "text",
      placeholder: "PATH",
      description:
        "The system's C library: waits awake for requests on IN, which must not block. " +
        "Needs --allow-ffi=PATH",
    },
  },
  examples: [["deno task env-server --fds 3,4 3<requests 4>answers", "serve a program"]],
});

/** @throws {InvalidInputError} If they are not two numbers */
function descriptorsOf(text: string | undefined): readonly [number, number] {
  const found = /^(\d+),(\d+)$/.exec(text ?? "");
  if (found !== null) return [Number(found[1]), Number(found[2])];
  throw new InvalidInputError(
    `Cannot serve an environment: expected --fds IN,OUT, found ${text ?? "none"}: see ` +
      "docs/python_protocol.md",
  );
}

if (import.meta.main) {
  await runCommand(ENV_SERVER, async ({ flags }) => {
    const [input, output] = descriptorsOf(flags.fds);
    await serveEnvironment(openPipes({ input, output, library: flags.library }), reportError);
    return 0;
  });
}
