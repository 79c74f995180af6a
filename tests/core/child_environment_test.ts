import assert from "node:assert/strict";
import { childEnvironment } from "../../core/child_environment.ts";

const OWN = {
  HOME: "/home/u",
  PATH: "/bin",
  LC_TIME: "de_DE.UTF-8",
  XDG_CACHE_HOME: "/c",
  LD_LIBRARY_PATH: "/l",
  https_proxy: "http://proxy",
  NODE_EXTRA_CA_CERTS: "/certificates.pem", // which Deno trusts too
  SLUICE_HOME: "/data",
  SLUICE_HOOK_TOKEN: "secret",
  SLUICE_CODEC_KEY: "secret",
  TEMPORAL_ADDRESS: "t:7233",
  TEMPORAL_API_KEY: "secret",
  PIP_INDEX_URL: "https://index",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_PROFILE: "secret",
  GITHUB_TOKEN: "secret",
  XDG_SESSION_TOKEN: "secret",
  OTHER: "x",
  ABSENT: undefined,
};

Deno.test("childEnvironment() gives where things lie and the language when nothing else is asked for", () => {
  assert.deepEqual(Object.keys(childEnvironment(OWN)), [
    "HOME",
    "PATH",
    "LC_TIME",
    "XDG_CACHE_HOME",
  ]);
});

Deno.test("childEnvironment() adds the groups that a program needs, and no secret with them", () => {
  const added = (...groups: NonNullable<Parameters<typeof childEnvironment>[1]>) => {
    const before = childEnvironment(OWN);
    return Object.keys(childEnvironment(OWN, groups)).filter((name) => !(name in before));
  };
  assert.deepEqual(added("libraries", "network"), [
    "LD_LIBRARY_PATH",
    "https_proxy",
    "NODE_EXTRA_CA_CERTS",
  ]);
  assert.deepEqual(added("sluice"), ["SLUICE_HOME"]);
  assert.deepEqual(added("pip"), ["PIP_INDEX_URL"]);
  assert.deepEqual(added("deno", "desktop"), []);
  // Who names a server of his own gives its key to the worker that must reach it.
  assert.deepEqual(added("temporal"), ["TEMPORAL_ADDRESS", "TEMPORAL_API_KEY"]);
  // Only workers are given the key of payloads: failure commands have the rest of SLUICE_*.
  assert.deepEqual(added("sluice", "codec"), ["SLUICE_HOME", "SLUICE_CODEC_KEY"]);
});
