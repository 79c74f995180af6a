import { stripTypeScriptTypes } from "node:module";
import type { PageAsset } from "./page_handler.ts";

/** Reads a file of the package, by `file:` URL. */
export type ReadFile = (url: URL) => string;

/** Packages that pages import, by bare name. */
export interface BrowserPackage {
  /** `file:` URL of its ES module. */
  readonly url: URL;
  /** Modules that it imports, relative to it. */
  readonly parts?: readonly string[];
}

/** The JavaScript of a page. */
export interface PageScripts {
  /** Assets by path on the server. */
  readonly assets: Readonly<Record<string, PageAsset>>;
  /** Path of the module to begin with. */
  readonly entry: string;
  /** Import map by which browsers find packages. */
  readonly importMap: { readonly imports: Readonly<Record<string, string>> };
}

export interface PageScriptsOptions {
  /** `file:` URL of the folder that paths are relative to. */
  readonly root: URL;
  readonly packages: Readonly<Record<string, BrowserPackage>>;
  readonly read: ReadFile;
}

/** Static imports as `deno fmt` writes them. */
const IMPORTS = /^(?:import|export)\s(?:[^;"]*?\bfrom\s)?"([^"\n]+)";/gm;

const JAVASCRIPT = "text/javascript; charset=utf-8";

/**
 * Gathers a module and all that it imports, as a browser loads them one by one: nothing is bundled
 * and nothing is rewritten but that types become blanks, so a trace in the browser names lines of
 * our files.
 *
 * @param entry Path from the root
 * @throws {Error} If a module imports what browsers lack
 */
export function gatherScripts(
  entry: string,
  { root, packages, read }: PageScriptsOptions,
): PageScripts {
  const assets: Record<string, PageAsset> = {};
  const imports: Record<string, string> = {};
  const waiting = [new URL(entry, root)];
  const add = (path: string, body: string) => assets[path] = { type: JAVASCRIPT, body };
  for (let module = waiting.pop(); module !== undefined; module = waiting.pop()) {
    const path = pathOf(module, root);
    if (Object.hasOwn(assets, path)) continue;
    const script = stripTypeScriptTypes(read(module));
    add(path, script);
    for (const [, specifier = ""] of script.matchAll(IMPORTS)) {
      if (specifier.startsWith(".")) {
        waiting.push(new URL(specifier, module));
        continue;
      }
      const found = packages[specifier];
      if (found === undefined) {
        throw new Error(
          `Cannot serve "${path}": it imports "${specifier}", which no browser has: expected ` +
            Object.keys(packages).join(", "),
        );
      }
      const place = `/packages/${specifier.replace(/\.js$/, "")}`;
      const base = found.parts === undefined ? `${place}.js` : `${place}/mod.js`;
      imports[specifier] = base;
      add(base, read(found.url));
      for (const part of found.parts ?? []) add(`${place}/${part}`, read(new URL(part, found.url)));
    }
  }
  return { assets, entry: pathOf(new URL(entry, root), root), importMap: { imports } };
}

function pathOf(module: URL, root: URL): string {
  if (!module.href.startsWith(root.href)) {
    throw new Error(`Cannot serve "${module.href}": expected a file below "${root.href}"`);
  }
  return `/${module.href.slice(root.href.length)}`;
}
