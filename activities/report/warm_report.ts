/**
 * Loads the code that renders reports and draws a chart with it: the first one in a thread takes
 * several times as long as the others.
 */
export async function warmReport(): Promise<void> {
  const [{ renderBars }] = await Promise.all([
    import("../../view/charts.ts"),
    import("../../view/report.ts"),
    import("./report.ts"),
  ]);
  await renderBars([{ name: "a", group: "b", count: 1 }], "", { title: "", description: "" });
}
