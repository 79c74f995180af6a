import { escapeHtml, type Html, html, trusted } from "./html.ts";

/** A column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Right-aligned, with digits of one width. */
  readonly number?: boolean;
}

/** Layout of a table if the page is too narrow for it. */
export interface TableOptions {
  /**
   * Whether each row becomes a block, with every cell after its column's title; otherwise the table
   * scrolls.
   */
  readonly stacks?: boolean;
}

/** A table. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | Html)[])[],
  { stacks = false }: TableOptions = {},
): Html {
  const classOf = (index: number) => columns[index]?.number ? "number" : "";
  return html`
    <div class="scroll">
      <table class="${stacks ? "stacks" : ""}">
        <thead>
          <tr>${columns.map(({ title }, i) =>
            html`<th class="${classOf(i)}" scope="col">${renderTitle(title)}</th>`
          )}</tr>
        </thead>
        <tbody>${rows.map((row) =>
          html`
            <tr>${row.map((cell, i) =>
              html`<td class="${classOf(i)}" data-title="${columns[i]?.title ?? ""}">${cell}</td>`
            )}</tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}

/** A title that may wrap behind an underscore, so that long names do not push columns off a page. */
function renderTitle(title: string): Html {
  return trusted(title.split("_").map(escapeHtml).join("_<wbr>"));
}

/** Names and values, one per line. */
export function renderPairs(pairs: Readonly<Record<string, string | Html>>): Html {
  return html`<dl>${
    Object.entries(pairs).map(([name, value]) =>
      html`
        <dt>${name}</dt>
        <dd>${value}</dd>
      `
    )
  }</dl>`;
}

/** A chart under its heading. */
export function renderFigure(title: string, chart: Html): Html {
  return html`<figure><figcaption>${title}</figcaption>${chart}</figure>`;
}
