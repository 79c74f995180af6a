/** Whether a program is there and runs. */
export async function hasProgram(name: string, ...args: readonly string[]): Promise<boolean> {
  try {
    const command = new Deno.Command(name, { args: [...args], stdout: "null", stderr: "null" });
    return (await command.output()).success;
  } catch {
    return false;
  }
}
