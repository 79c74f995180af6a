import { withDirectory } from "./_episodes.ts";

/** Mounts again with other options of `mount`, as of a disk that grew or turned read-only. */
export type Remount = (options: string) => Promise<void>;

/**
 * Runs a test while a disk of its own is mounted on a directory, as only root can.
 *
 * @param options Of `mount -t tmpfs`, e.g. `size=1m`
 */
export async function mounted(
  directory: string,
  options: string,
  test: (remount: Remount) => Promise<void>,
): Promise<void> {
  await mount(directory, options);
  try {
    await test((changed) => command("mount", "-o", `remount,${changed}`, directory));
  } finally {
    await unmount(directory);
  }
}

/** Puts a disk of its own on a directory, until {@linkcode unmount}. */
export function mount(directory: string, options: string): Promise<void> {
  return command("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory);
}

/** Takes the disk of {@linkcode mount} away, with what is on it. */
export function unmount(directory: string): Promise<void> {
  return command("umount", directory);
}

/** Tells whether a disk of its own is mounted on a directory. */
export async function isMounted(directory: string): Promise<boolean> {
  const { success } = await new Deno.Command("mountpoint", { args: ["-q", directory] }).output();
  return success;
}

/** {@linkcode mounted} on a new directory. */
export function withDisk(
  options: string,
  test: (disk: string, remount: Remount) => Promise<void>,
): Promise<void> {
  return withDirectory((disk) => mounted(disk, options, (remount) => test(disk, remount)));
}

async function command(name: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Why no disk can be made here, null where one can. */
export async function whyNoDisk(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "disks are made as Linux does";
  if (Deno.uid() !== 0) return "only root can make a disk";
  try {
    await withDisk("size=64k", () => Promise.resolve());
    return null;
  } catch {
    return "no disk can be made here";
  }
}

const reason = await whyNoDisk();

/** A test that mounts disks; skipped, with the reason, where none can be made. */
export function diskTest(name: string, test: () => Promise<void>): void {
  const skipped = reason === null ? "" : ` (skipped: ${reason})`;
  Deno.test({ name: name + skipped, ignore: reason !== null, fn: test });
}
