import { dirname, join, relative } from "node:path";
import { fillRuns, UncheckedCopy, type VerifyOptions, type VerifyReport } from "../../store/mod.ts";
import type { DataRoot } from "./data_root.ts";
import { fillNamed } from "./fill_named.ts";

/** A data directory, or of one in a bucket a copy of what is verified, as it is now. */
export interface VerifiedRoot extends AsyncDisposable {
  /** Absolute path. */
  readonly root: string;
  /** What is verified beside the target itself. */
  readonly options: Pick<VerifyOptions, "also" | "known">;
  /**
   * Names what was found as people know it.
   *
   * @param directory Absolute path of what was verified
   * @returns The report, and the place that its paths are relative to; null where that is `directory`
   */
  describe(
    directory: string,
    report: VerifyReport,
  ): { readonly place: string | null; readonly report: VerifyReport };
}

/**
 * Opens what a target is made of for verification. Of a bucket, it is copied whole, damaged or not.
 *
 * @throws {DamagedStoreError} If the plan of a run in a bucket is not what was written
 */
export async function openVerifiedRoot(
  { root: known, bucket }: Pick<DataRoot, "root" | "bucket">,
  target: string,
): Promise<VerifiedRoot> {
  if (bucket === undefined) {
    return {
      root: known,
      options: {},
      describe: (_, report) => ({ place: null, report }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const root = Deno.makeTempDirSync({ dir: dirname(known), prefix: "verify-" });
  const remove = () => Deno.remove(root, { recursive: true });
  const copy = new UncheckedCopy(root, bucket.blobs), { place } = bucket.blobs;
  try {
    await fillRuns(copy);
    await fillNamed(copy, target);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    root,
    // Not all of it is reached from a run: one that has not ended names nothing.
    options: { also: [join(root, "stages"), join(root, "reruns")], known: copy.faults },
    describe: (directory, report) => ({
      place,
      report: {
        ...report,
        faults: report.faults.map(({ path, commit, problem }) => ({
          path: relative(root, join(directory, path)),
          commit: commit === null ? null : relative(root, join(directory, commit)),
          problem: problem.replaceAll(root, place),
        })),
      },
    }),
    [Symbol.asyncDispose]: remove,
  };
}
