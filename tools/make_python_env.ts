import { pythonEnvironment, type PythonEnvironmentName } from "./python_env.ts";

/** Makes the environments that the command line names, as tests and benchmarks find them. */

for (const name of Deno.args) {
  const { python, reason } = await pythonEnvironment(name as PythonEnvironmentName, { make: true });
  await Deno.stdout.write(new TextEncoder().encode(`${name}: ${python ?? reason}\n`));
}
