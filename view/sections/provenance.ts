import { stringify } from "yaml";
import { formatInstant } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { ProvenanceReport } from "../report_model.ts";
import { renderPairs } from "../table.ts";

/** Renders the provenance of the run: enough to make it again. */
export function renderProvenance(provenance: ProvenanceReport): Html {
  const { seed, started, finished, declaration, versions, host, other } = provenance;
  return html`
    <h2 id="provenance">Provenance</h2>
    ${renderPairs({
      seed: String(seed),
      started: formatInstant(started),
      finished: formatInstant(finished),
      ...other,
    })}
    <h3>Versions</h3>${renderPairs(versions)}
    <h3>Machine</h3>${renderPairs(host)}
    <details id="declaration">
      <summary>Declaration, with its defaults</summary>
      <pre>${stringify(declaration)}</pre>
    </details>
  `;
}
