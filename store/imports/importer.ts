import type { JsonValue } from "../../core/canonical.ts";
import type { DType, EpisodeSchema, EpisodeTable } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import type { OpenFrames } from "../lerobot/video_frames.ts";
import type { ImportFaults } from "./fault.ts";

/** Formats of foreign data: each says what would arrive, and reads it episode by episode. */

/** Request to an importer. */
export interface ImportRequest {
  /** File or directory, absolute. */
  readonly source: string;
  /** Names of step fields that the person chose, by column of the source. */
  readonly rename: ReadonlyMap<string, string>;
  /** Columns of the source that are left out. */
  readonly skip: ReadonlySet<string>;
  /** Decodes videos; their images are left out where null. */
  readonly openFrames: OpenFrames | null;
  /** Takes every fault; throws those that stop the import. */
  readonly faults: ImportFaults;
  readonly signal?: AbortSignal | undefined;
}

/** A column of the source that arrives as a step field. */
export interface ImportedColumn {
  /** Name in the source. */
  readonly column: string;
  /** Name of the step field. */
  readonly field: string;
  readonly dtype: DType;
  /** Shape of one row. */
  readonly shape: readonly number[];
}

/** Episodes that were read. */
export interface ImportedEpisodes {
  readonly table: EpisodeTable;
  /** Seeds of the stages that generated them, one per episode; absent if unknown. */
  readonly seeds?: readonly number[];
}

/** Plan of what would be imported. */
export interface ImportPlan {
  readonly columns: readonly ImportedColumn[];
  /** Columns that are not read, each with the reason: `note (string)`. */
  readonly leftOut: readonly string[];
  /** Step and episode fields, without those that every merged dataset has (`length`, `split` …). */
  readonly schema: EpisodeSchema;
  /** Whether episodes have seeds. */
  readonly seeded: boolean;
  /** `[episodes]` in control steps, each at least 1. */
  readonly lengths: readonly number[];
  /** `[episodes]` indices into `SPLITS`; null if the source says nothing. */
  readonly splits: Uint8Array | null;
  /** Attributes of the dataset: `tasks` … */
  readonly attributes: Readonly<Record<string, JsonValue>>;
  /** Reads all episodes in order. Opens what it needs, and closes it when it is left. */
  read(): AsyncIterable<ImportedEpisodes>;
}

/** A foreign format. */
export interface Importer {
  /** Name of the format for `--from`. */
  readonly name: string;
  /** Short description of what it reads, for help texts. */
  readonly description: string;
  /** Whether a file or directory looks like one of its datasets. Reads little; never throws. */
  detects(source: string): boolean | Promise<boolean>;
  /**
   * Reads the description of the source, and no rows.
   *
   * @throws {InvalidInputError} If it cannot be read at all
   */
  plan(request: ImportRequest): Promise<ImportPlan>;
}

const importers = new Map<string, Importer>();

/** Registers a format. @throws {RangeError} If its name is taken */
export function registerImporter(importer: Importer): void {
  if (importers.has(importer.name)) {
    throw new RangeError(`Cannot register importer "${importer.name}": it is registered`);
  }
  importers.set(importer.name, importer);
}

/** All formats, in the order in which they are tried. */
export function listImporters(): readonly Importer[] {
  return [...importers.values()];
}

/**
 * The format of a source.
 *
 * @param name As the person named it; found by looking at the source if absent
 * @throws {InvalidInputError} If no format has that name, or none knows the source
 */
export async function importerFor(source: string, name?: string): Promise<Importer> {
  if (name !== undefined) {
    const named = importers.get(name);
    if (named !== undefined) return named;
    throw new InvalidInputError({
      action: "import from",
      place: name,
      expected: "a known format",
      found: "none of that name",
      remedy: suggestName(name, [...importers.keys()]),
    });
  }
  for (const importer of importers.values()) {
    if (await importer.detects(source)) return importer;
  }
  const known = listImporters().map(({ description }) => description).join("; ");
  throw new InvalidInputError({
    action: "import",
    place: source,
    expected: `a dataset of a known format (${known})`,
    found: "none of them",
    remedy: "name another path, or the format by --from",
  });
}
