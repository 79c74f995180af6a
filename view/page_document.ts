import { createHash } from "node:crypto";
import { type Html, html, htmlText, trusted } from "./html.ts";
import type { LocalPage, PageAction, PageAsset, PageConnection } from "./page_handler.ts";
import type { PageScripts } from "./page_modules.ts";
import { PAGE_STYLE } from "./page_style.ts";
import { STYLE } from "./style.ts";

export interface PageParts {
  readonly title: string;
  /** Content of the body. */
  readonly body: Html;
  readonly scripts: PageScripts;
  /** Style sheet that is added to that of reports. */
  readonly style: string;
  /** Data, by path. */
  readonly data: Readonly<Record<string, PageAsset>>;
  readonly actions?: Readonly<Record<string, PageAction>>;
  readonly connections?: Readonly<Record<string, PageConnection>>;
}

/** A page of parts: everything that it loads comes from its own server. */
export function composePage(
  { title, body, scripts, style, data, actions, connections }: PageParts,
): LocalPage {
  const importMap = JSON.stringify(scripts.importMap);
  const document = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${title}</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/style.css">
        <script type="importmap">${trusted(importMap)}</script>
        <script type="module" src="${scripts.entry}"></script>
      </head>
      <body>
    ${body}
      </body>
    </html>
  `;
  return {
    assets: {
      ...scripts.assets,
      ...data,
      "/": { type: "text/html; charset=utf-8", body: htmlText(document) },
      "/style.css": { type: "text/css; charset=utf-8", body: STYLE + PAGE_STYLE + style },
    },
    ...(actions && { actions }),
    ...(connections && { connections }),
    // The one inline script: browsers read import maps of no other place.
    scriptHashes: [`sha256-${createHash("sha256").update(importMap).digest("base64")}`],
  };
}
