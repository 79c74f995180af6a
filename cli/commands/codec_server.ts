import { InvalidInputError } from "../../core/errors.ts";
import { CODEC_KEY, codecKeys } from "../../infra/temporal/encrypted_payloads.ts";
import { payloadConverter } from "../../infra/temporal/payload_converter.ts";
import { createCodecHandler } from "../../runtime/services/codec_server.ts";
import { defineCommand } from "../kit/flags.ts";
import { noteLine } from "../kit/output.ts";
import { dataRoot, environmentVariables } from "../kit/places.ts";
import { runCommand } from "../kit/run_command.ts";
import { PAGE_FLAGS, serveHandler } from "../pages/page_server.ts";

/** Origins of the UI that Sluice serves, and of a development server's. */
const DEFAULT_ORIGINS = ["http://127.0.0.1:8233", "http://localhost:8233"];

export const CODEC_SERVER = defineCommand({
  name: "codec-server",
  summary: "Decrypts payloads for Temporal's web UI.",
  description: `It needs ${CODEC_KEY}, as workers do. In the UI, enter its address as the codec ` +
    "server's. It answers browsers on this machine alone, and only pages of the given origins. " +
    "While it runs, other users of this machine can ask it too.",
  arguments: {},
  flags: {
    port: { ...PAGE_FLAGS.port, description: "Local port to listen on (default a free one)" },
    origin: {
      type: "list",
      placeholder: "URL",
      description: "Origin of a web UI that may ask (default the local one)",
    },
  },
  examples: [
    ["deno task codec-server --port 8081", "for the UI on this machine"],
    ["deno task codec-server --origin https://temporal.example.com", "for the UI of a cluster"],
  ],
});

/** @throws {InvalidInputError} If one is not an origin */
function checkOrigins(origins: readonly string[]): readonly string[] {
  for (const origin of origins) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue;
    throw new InvalidInputError({
      action: "read --origin",
      place: origin,
      expected: "scheme, host and port of a web UI, without a path",
      remedy: "write e.g. https://temporal.example.com",
    });
  }
  return origins.length === 0 ? DEFAULT_ORIGINS : origins;
}

if (import.meta.main) {
  await runCommand(CODEC_SERVER, async ({ flags }) => {
    const root = await dataRoot(), environment = environmentVariables();
    const origins = checkOrigins(flags.origin);
    if (codecKeys(environment).length === 0) {
      throw new InvalidInputError({
        action: "decrypt payloads",
        expected: `a key in ${CODEC_KEY}`,
        found: "none",
        remedy: "set the variable as it is set for the workers",
      });
    }
    const { payloadCodecs = [] } = payloadConverter(root, environment);
    noteLine(`Pages of ${origins.join(" and ")} may ask`);
    await serveHandler((port) => createCodecHandler({ codecs: payloadCodecs, origins, port }), {
      port: flags.port,
      purpose: "Enter it in the web UI as the codec server",
    });
    return 0;
  });
}
