/**
 * How much of a configuration is read. Far above what anybody writes by hand, and low enough that a hostile or mistaken
 * file ends in a message, not in an exhausted process.
 */
export const MAX_FILE_BYTES = 1 << 20
/** Mappings and lists inside one another. */
export const MAX_DEPTH = 32
/** Values in one document after its aliases are followed. */
export const MAX_VALUES = 50_000
/** Files that include one another. */
export const MAX_INCLUDE_DEPTH = 8
