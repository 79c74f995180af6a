/// <reference lib="dom" />

/** A new element with properties. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
): HTMLElementTagNameMap[Tag] {
  return Object.assign(document.createElement(tag), properties);
}

/** A button that does something. */
export function button(
  label: string,
  onClick: () => void,
  properties: Partial<HTMLButtonElement> = {},
): HTMLButtonElement {
  const made = element("button", { type: "button", textContent: label, ...properties });
  made.addEventListener("click", onClick);
  return made;
}

/** @throws {Error} If the page has no such element: then page and script are not of one version */
export function byId(id: string): HTMLElement;
export function byId<Found extends HTMLElement>(id: string, type: new () => Found): Found;
export function byId(id: string, type = HTMLElement): HTMLElement {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`Cannot find #${id} in the page: ${found}`);
  return found;
}

/** Returns a colour of the style sheet in the current colour scheme. */
export function themeColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Calls back when the colour scheme changes. */
export function onThemeChange(callback: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
}
