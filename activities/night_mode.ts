/** `reproduce` regenerates what is stored and compares; `fresh` draws new data every night. */
export type NightMode = "reproduce" | "fresh";
