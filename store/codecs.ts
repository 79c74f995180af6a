/** Identity of what encodes chunks, for stage keys: the zstd in the runtime, level, checksum. */
export const CODEC_VERSION = "zstd-3-crc32c/1";
