import { execFile } from "node:child_process";
import { givenEnvironment } from "../given_environment.ts";

/**
 * Runs a program to its end.
 *
 * @throws {Error} If it cannot be started or fails; the message has the end of its error output
 */
export function runProgram(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { env: givenEnvironment(["libraries", "network", "pip"]) },
      (error, _output, errors) => {
        if (error === null) resolve();
        else reject(new Error(errors.trim().split("\n").at(-1) || error.message));
      },
    );
  });
}
