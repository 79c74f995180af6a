import type { Finding } from "../findings.ts";
import type { Expansion } from "./expansion.ts";

/**
 * Findings about an expanded declaration where it was written: what is wrong with every variant is
 * told once.
 */
export function atOrigin(
  findings: readonly Finding[],
  originOf: Expansion["originOf"],
): readonly Finding[] {
  const told = new Set<string>();
  return findings.flatMap((finding) => {
    const path = originOf(finding.path);
    if (path.join() === finding.path.join()) return [finding];
    const key = [finding.check, ...path, finding.problem.replaceAll(/\[[^[\]]*=[^[\]]*\]/g, "")]
      .join();
    if (told.has(key)) return [];
    told.add(key);
    return [{ ...finding, path }];
  });
}
