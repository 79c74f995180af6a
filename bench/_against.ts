/** The same benchmarks in a checkout of another commit, for before and after in one run. */
import { join } from "node:path";
import { InvalidInputError } from "../core/errors.ts";
import type { Figure } from "./_figures.ts";

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** A checkout of a commit, removed when disposed of. */
export interface OtherCheckout extends AsyncDisposable {
  readonly path: string;
  /** Commit as the user named it. */
  readonly commit: string;
}

/**
 * Checks a commit out beside the project, with the Python environments whose requirements it shares.
 *
 * @throws {InvalidInputError} If there is no such commit
 */
export async function checkOut(commit: string): Promise<OtherCheckout> {
  const path = await Deno.makeTempDir({ prefix: "sluice-against-" });
  const { success, stderr } = await git(["worktree", "add", "--detach", "--force", path, commit]);
  if (!success) {
    await Deno.remove(path, { recursive: true });
    throw new InvalidInputError(
      `Cannot measure against "${commit}": expected a commit of this repository, found ` +
        `${stderr.trim()}: "git log --oneline" lists them`,
    );
  }
  await sharePythonEnvironments(path);
  return {
    path,
    commit,
    async [Symbol.asyncDispose]() {
      await git(["worktree", "remove", "--force", path]);
    },
  };
}

/**
 * Figures with those of another commit beside them: by id, by name where that commit has no ids yet.
 * A figure that it does not have stays as it is.
 */
export function withBefore(
  figures: readonly Figure[],
  others: readonly Partial<Figure>[],
  commit: string,
): readonly Figure[] {
  return figures.map((figure) => {
    const other = others.find(({ id, name }) =>
      id === undefined ? name === figure.name : id === figure.id
    );
    if (other?.value === undefined) return figure;
    return { ...figure, before: { commit, value: other.value } };
  });
}

/** Links each environment whose marker says that it was made from the requirements over there. */
async function sharePythonEnvironments(checkout: string): Promise<void> {
  const wanted = new Set<string>();
  for (const folder of ["tests", "bench"]) {
    for (const { name } of Deno.readDirSync(join(checkout, folder))) {
      if (!/^requirements.*\.txt$/.test(name)) continue;
      wanted.add(await Deno.readTextFile(join(checkout, folder, name)));
    }
  }
  for (const { name } of Deno.readDirSync(ROOT)) {
    if (!name.startsWith(".venv-")) continue;
    const made = await Deno.readTextFile(join(ROOT, name, "installed.txt")).catch(() => null);
    if (made !== null && wanted.has(made)) {
      await Deno.symlink(join(ROOT, name), join(checkout, name));
    }
  }
}

async function git(args: readonly string[]) {
  const command = new Deno.Command("git", { args: ["-C", ROOT, ...args] });
  const { success, stderr } = await command.output();
  return { success, stderr: new TextDecoder().decode(stderr) };
}
