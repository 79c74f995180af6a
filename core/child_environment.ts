/**
 * Builds the environment of the programs that this one starts from an allow-list of variables. It
 * withholds the user's credentials for clouds, code hosts and Temporal servers.
 */

/** Variables of an environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Variables that a program may need, by purpose. `*` stands for the rest of a name. */
const GROUPS = {
  /** Variables about the user, directories, language and time zone: every program gets them. */
  person: [
    ...["HOME", "USER", "LOGNAME", "SHELL", "PATH", "TMPDIR", "TMP", "TEMP"],
    ...["LANG", "LANGUAGE", "LC_*", "TZ", "TZDIR", "TERM", "NO_COLOR", "XDG_*"],
  ],
  /**
   * Variables with library directories, and libraries to preload, such as an allocator. Deno passes
   * them on only if it may start any program.
   */
  libraries: [
    ...["LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"],
    "MALLOC_*",
  ],
  /** Variables for network access and certificates. */
  network: [
    ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"],
    ...["http_proxy", "https_proxy", "all_proxy", "no_proxy"],
    ...["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"],
    "NODE_EXTRA_CA_CERTS",
  ],
  /** Variables that say where Deno keeps packages and where it gets them. */
  deno: [
    ...["DENO_DIR", "DENO_CERT", "DENO_TLS_CA_STORE", "DENO_V8_FLAGS", "NPM_CONFIG_REGISTRY"],
    "DENO_NO_UPDATE_CHECK",
  ],
  /** Variables that say where Python finds its parts, and how many threads it takes. */
  python: [
    ...["PYTHON*", "VIRTUAL_ENV", "CONDA_PREFIX", "CUDA_*", "NVIDIA_*", "OMP_*", "MKL_*"],
    ...["OPENBLAS_*", "TORCH_*", "XLA_*", "JAX_*", "HF_HOME", "HF_HUB_*", "HF_DATASETS_*"],
  ],
  /** Variables that say where pip gets packages. */
  pip: ["PIP_*", "VIRTUAL_ENV", "PYTHONHOME"],
  /** The screen that a browser opens on. */
  desktop: [
    ...["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "BROWSER"],
    ...["DESKTOP_SESSION", "KDE_FULL_SESSION", "KDE_SESSION_VERSION", "GNOME_DESKTOP_SESSION_ID"],
  ],
  /** Settings of this project. */
  sluice: ["SLUICE_*"],
  /** A Temporal server of the user's own, with the key to it. */
  temporal: ["TEMPORAL_*"],
  /** Keys with which payloads are encrypted: whoever talks to the server needs them. */
  codec: ["SLUICE_CODEC_KEY"],
  /** Access to the bucket in which a data directory lies. */
  store: ["AWS_*"],
} as const;

/** Group of variables that a program gets in addition to the user's. */
export type VariableGroup = Exclude<keyof typeof GROUPS, "person">;

/** Pattern of names that suggest a secret, whatever they start with. */
const SECRET = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|(?:API|ACCESS|PRIVATE|CODEC)_?KEY/i;

/** Groups that are asked for because of the secrets in them. */
const GRANTS: readonly VariableGroup[] = ["temporal", "codec", "store"];

/**
 * The environment of a program that is started.
 *
 * @param own The environment of the caller
 * @param groups What it needs beside where the user's things lie, language and time zone
 * @param more Names of further variables; those that may hold a secret are left out
 */
export function childEnvironment(
  own: Variables,
  groups: readonly VariableGroup[] = [],
  more: readonly string[] = [],
): Record<string, string> {
  const patterns = [
    ...GROUPS.person,
    ...groups.flatMap((group) => GROUPS[group]),
    ...more.filter(isPassable),
  ];
  const granted = groups.filter((group) => GRANTS.includes(group))
    .flatMap((group): readonly string[] => GROUPS[group]);
  const isSecret = (name: string) =>
    SECRET.test(name) && !granted.some((pattern) => matches(name, pattern));
  return Object.fromEntries(
    Object.entries(own).filter((entry): entry is [string, string] =>
      entry[1] !== undefined && !isSecret(entry[0]) &&
      patterns.some((pattern) => matches(entry[0], pattern))
    ),
  );
}

/** Whether a program of the user's may be given a variable, by its name. */
export function isPassable(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !/^(AWS|TEMPORAL)_/i.test(name) && !SECRET.test(name);
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
