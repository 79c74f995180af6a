/** One column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly align?: "left" | "right";
}

/** Rows of text in aligned columns, with their titles; no line ends in spaces. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? "").length)));
  return lines.map((line) =>
    columns.map(({ align }, at) => {
      const cell = line[at] ?? "";
      return align === "right" ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!);
    }).join("  ").trimEnd()
  ).join("\n");
}
