import config from "../../deno.json" with { type: "json" };

/** The versions of the project and of what runs it, as `--version` prints them. */
export function versionLine(): string {
  return `sluice ${config.version} (Deno ${Deno.version.deno}, ${Deno.build.target})`;
}
