/** Formats of HDF5, in the order in which they are tried. */
import "./robomimic.ts";
import "./maniskill.ts";
import "./sluice.ts";
import "./aloha.ts";
