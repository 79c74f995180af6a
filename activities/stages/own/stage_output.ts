import { canonicalJson } from "../../../core/canonical.ts";
import type { EpisodeTable } from "../../../core/episode.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import type { OwnOutput } from "../../../pipelines/kinds/own_kind.ts";
import {
  type Commit,
  type CommitInfo,
  type DatasetOutline,
  type FileWriter,
  writeDataset,
} from "../../../store/mod.ts";
import { TABLE_FILE, type TableRow } from "./stage_inputs.ts";

/** The output of a stage; nothing is visible before all of it is committed. */
export interface StageOutput {
  /**
   * Writes a file whole.
   *
   * @param file Path in the stage's directory, with `/`
   * @throws {InvalidInputError} If it lies elsewhere, or was written before
   */
  write(file: string, data: Uint8Array | string): Promise<void>;
  /** Writes the rows of a stage that gives a table. */
  writeTable(rows: readonly TableRow[]): Promise<void>;
  /**
   * Writes the dataset of a stage that gives one.
   *
   * @param outline What it is beside its columns, e.g. of {@linkcode outlineOf}
   * @param tables Its episodes in order, some at a time
   */
  writeDataset(outline: DatasetOutline, tables: AsyncIterable<EpisodeTable>): Promise<void>;
}

/** Figures of a stage in addition to its output. */
export interface StageFigures {
  readonly counts?: Readonly<Record<string, number>>;
  readonly metrics?: Readonly<Record<string, number | string>>;
}

/** Names that the store gives to files of its own. */
const RESERVED = /^(commit|provenance|checkpoint)\.json$|^(shards|manifests|checkpoints)(\/|$)/;

/** The output of one stage, or of one shard, and how it is committed. */
export class OwnStageOutput implements StageOutput, Disposable {
  readonly #writer: FileWriter;
  readonly #kind: string;
  readonly #gives: OwnOutput;
  readonly #files = new Set<string>();
  #dataset: Required<Pick<CommitInfo, "counts" | "metrics">> | null = null;

  /** @param writer Of the directory that is committed, which this disposes of */
  constructor(writer: FileWriter, { kind, gives }: { kind: string; gives: OwnOutput }) {
    this.#writer = writer;
    this.#kind = kind;
    this.#gives = gives;
  }

  async write(file: string, data: Uint8Array | string): Promise<void> {
    const parts = file.split("/");
    // deno-lint-ignore no-control-regex -- a NUL or newline in a path is never meant
    const isOutside = /^[/\\~]|[\x00-\x1f\\:]/.test(file) || file.length > 512 ||
      parts.some((part) => part === "" || part === "." || part === "..");
    if (isOutside || RESERVED.test(file)) {
      throw this.#fault(`write "${file}"`, {
        expected: "a path in the stage's own directory, with /",
        found: isOutside ? "one that leads elsewhere" : "a name that the store uses itself",
        remedy: "rename it",
      });
    }
    if (this.#files.has(file)) {
      throw this.#fault(`write "${file}"`, {
        expected: "each file once",
        found: "a second write",
        remedy: "gather what belongs in one file first",
      });
    }
    this.#files.add(file);
    await this.#writer.write(file, data);
  }

  async writeTable(rows: readonly TableRow[]): Promise<void> {
    this.#expect("table");
    this.#files.add(TABLE_FILE);
    await this.#writer.write(TABLE_FILE, canonicalJson(rows.map((row) => ({ ...row }))) + "\n");
  }

  async writeDataset(
    outline: DatasetOutline,
    tables: AsyncIterable<EpisodeTable>,
  ): Promise<void> {
    this.#expect("dataset");
    this.#dataset = await writeDataset(this.#writer, outline, tables);
  }

  /** Commits what was written. @throws {InvalidInputError} If that is not what the kind gives */
  async commit(figures: unknown): Promise<Commit> {
    const { counts = {}, metrics = {} } = this.#checkFigures(figures);
    const hasOutput = this.#gives === "dataset"
      ? this.#dataset !== null
      : this.#gives === "table"
      ? this.#files.has(TABLE_FILE)
      : this.#files.size > 0;
    if (!hasOutput) {
      throw this.#fault("commit", {
        expected: `a ${this.#gives === "files" ? "file" : this.#gives} in output`,
        found: "none",
        remedy: this.#gives === "files"
          ? "call output.write()"
          : `call output.${WRITERS[this.#gives]}()`,
      });
    }
    return await this.#writer.commit({
      kind: this.#kind,
      counts: { ...this.#dataset?.counts, ...counts },
      metrics: { ...this.#dataset?.metrics, ...metrics },
    });
  }

  [Symbol.dispose](): void {
    this.#writer[Symbol.dispose]();
  }

  #expect(given: OwnOutput): void {
    if (this.#gives === given) return;
    throw this.#fault(`write a ${given}`, {
      expected: `what the kind gives, ${this.#gives}`,
      found: `a ${given}`,
      remedy: `declare gives: "${given}", or write ${this.#gives}`,
    });
  }

  /** Figures cross to the report and to Temporal as JSON, which has no NaN. */
  #checkFigures(figures: unknown): StageFigures {
    if (typeof figures !== "object" || figures === null) {
      throw this.#fault("commit", {
        expected: "run to return { counts, metrics }, which may be empty",
        found: String(figures),
        remedy: "return {} where there is nothing to tell",
      });
    }
    for (const part of ["counts", "metrics"] as const) {
      const values = (figures as Readonly<Record<string, unknown>>)[part] ?? {}; // an object, see above
      for (const [name, value] of Object.entries(values)) {
        const isText = part === "metrics" && typeof value === "string";
        if (isText || Number.isFinite(value)) continue;
        throw this.#fault("commit", {
          expected: `${part}.${name} to be a finite number`,
          found: String(value),
          remedy: "leave it out where it is not known",
        });
      }
    }
    return figures;
  }

  #fault(
    action: string,
    { expected, found, remedy }: Readonly<Record<"expected" | "found" | "remedy", string>>,
  ): InvalidInputError {
    return new InvalidInputError({
      action: `${action} in a stage of kind ${this.#kind}`,
      expected,
      found,
      remedy,
    });
  }
}

const WRITERS = { dataset: "writeDataset", table: "writeTable" } as const;
