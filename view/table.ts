import { type Html, html } from "./html.ts";

/** A column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Right-aligned, with digits of one width. */
  readonly number?: boolean;
}

/** A table that scrolls by itself where the page is too narrow for it. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | Html)[])[],
): Html {
  const classOf = (index: number) => columns[index]?.number ? "number" : "";
  return html`
    <div class="scroll">
      <table>
        <thead>
          <tr>${columns.map(({ title }, i) =>
            html`<th class="${classOf(i)}" scope="col">${title}</th>`
          )}</tr>
        </thead>
        <tbody>${rows.map((row) =>
          html`
            <tr>${row.map((cell, i) => html`<td class="${classOf(i)}">${cell}</td>`)}</tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}

/** Names and values, one a line. */
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
