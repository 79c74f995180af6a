import { withArticle } from "../../../core/article.ts";
import { join } from "node:path";
import type { SavedPolicy } from "../../../core/episode.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import { createPolicy } from "../../../learn/mod.ts";
import type { ArtifactType } from "../../../pipelines/kinds/kind.ts";
import { kindOf } from "../../../pipelines/kinds/mod.ts";
import type { PolicyFunction } from "../../../sim/mod.ts";
import {
  type Commit,
  CommittedFiles,
  type Dataset,
  loadPolicy,
  openDataset,
  readCommit,
} from "../../../store/mod.ts";
import type { StageTask } from "../../types.ts";

/** The committed output of another stage, or stored work that a parameter names. */
export interface StageInput {
  /** Name of the stage, or of the parameter. */
  readonly name: string;
  readonly kind: string;
  readonly type: ArtifactType;
  /** Absolute path of its directory. */
  readonly path: string;
  readonly digest: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number | string>>;
  /**
   * Opens it as a dataset, every chunk of which is checked as it is read.
   *
   * @throws {InvalidInputError} If it is of another type
   */
  dataset(): Promise<Dataset>;
  /** The trained model. @throws {InvalidInputError} If it is of another type */
  model(): Promise<SavedPolicy>;
  /** The trained model as a policy. @throws {InvalidInputError} If it is of another type */
  policy(): Promise<PolicyFunction>;
  /** The rows of a table. @throws {InvalidInputError} If it is of another type */
  table(): readonly TableRow[];
  /**
   * The bytes of one of its files.
   *
   * @throws {InvalidInputError} If its commit names no such file
   */
  read(file: string): Uint8Array;
}

/** One row of a table, by column. */
export type TableRow = Readonly<Record<string, string | number | boolean | null>>;

/** Name of the file that holds the rows of a table. */
export const TABLE_FILE = "table.json";

/** Everything that a stage reads: its input stages in declared order, then stored work. */
export async function openInputs(task: StageTask, root: string): Promise<readonly StageInput[]> {
  const stages = task.inputs.map(({ path }, at) => {
    const { name, kind } = task.inputStages[at]!;
    return openInput({ name, kind, path: join(root, path) });
  });
  const { stored = {} } = kindOf(task.stage);
  const external = task.stage.external.map(({ parameter, path }) =>
    openInput({ name: parameter, type: stored[parameter]!.type, path: join(root, path) })
  );
  return await Promise.all([...stages, ...external]);
}

async function openInput(
  { name, path, ...known }: {
    readonly name: string;
    readonly path: string;
    readonly kind?: string;
    readonly type?: ArtifactType;
  },
): Promise<StageInput> {
  const commit = (await readCommit(path))!; // a stage begins when its inputs are committed
  const kind = known.kind ?? commit.kind;
  const type = known.type ?? kindOf({ kind }).gives;
  const expect = (...types: readonly ArtifactType[]) => {
    if (types.includes(type)) return;
    throw new InvalidInputError({
      action: "read",
      place: name,
      expected: withArticle(types[0]!),
      found: withArticle(type),
      remedy: "read it as what it is",
    });
  };
  return {
    name,
    kind,
    type,
    path,
    digest: commit.digest,
    counts: commit.counts,
    metrics: commit.metrics,
    dataset() {
      expect("dataset");
      return openDataset(path);
    },
    model() {
      expect("model");
      return loadPolicy(path);
    },
    async policy() {
      expect("model");
      return createPolicy(await loadPolicy(path));
    },
    table() {
      expect("table");
      // Its writer is `writeTable()`, and the commit says that the bytes are those.
      return JSON.parse(new TextDecoder().decode(readFile(path, TABLE_FILE, commit))) as TableRow[];
    },
    read: (file) => readFile(path, file, commit),
  };
}

function readFile(path: string, file: string, { files }: Commit): Uint8Array {
  if (files.has(file)) return CommittedFiles.open(path).read(file);
  throw new InvalidInputError({
    action: `read "${file}" of`,
    place: path,
    expected: "one of its files",
    remedy: `choose one of ${[...files.keys()].slice(0, 20).join(", ")}`,
  });
}
