/** The bytes that mean something in JSON, and a few more. */
export const TAB = 0x09
export const LINE_FEED = 0x0a
export const CARRIAGE_RETURN = 0x0d
export const SPACE = 0x20
export const QUOTE = 0x22
export const PLUS = 0x2b
export const COMMA = 0x2c
export const MINUS = 0x2d
export const DOT = 0x2e
export const ZERO = 0x30
export const COLON = 0x3a
export const OPEN_BRACKET = 0x5b
export const BACKSLASH = 0x5c
export const CLOSE_BRACKET = 0x5d
export const LETTER_E = 0x65
export const LETTER_F = 0x66
export const LETTER_U = 0x75
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d
export const TILDE = 0x7e
/** The bit that makes a letter lower case. */
export const LOWER_CASE = 0x20

/** By byte: a hexadecimal digit in lower case, 0 for all others. */
export const HEX_LOWER = new Uint8Array(256)
for (const digit of Buffer.from('0123456789abcdef')) HEX_LOWER[digit] = digit
for (const digit of Buffer.from('ABCDEF')) HEX_LOWER[digit] = digit | LOWER_CASE

export const isDigit = (byte: number): boolean => (byte ^ ZERO) <= 9
