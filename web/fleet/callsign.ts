/** Callsigns as the label shader reads them: eight characters of six bits, four to a float. */
export const ALPHABET = ' ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-~'
export const LABEL_LENGTH = 8

const codeOf = new Uint8Array(128)
for (let code = 0; code < ALPHABET.length; code++) codeOf[ALPHABET.charCodeAt(code)] = code
for (let letter = 97; letter <= 122; letter++) codeOf[letter] = codeOf[letter - 32]!

/** Writes `text` to two floats at `out[at]`; what the alphabet lacks becomes a space. */
export function packLabel(text: string, out: Float32Array, at: number): void {
  for (let half = 0; half < 2; half++) {
    let packed = 0
    for (let i = 0; i < 4; i++) {
      const position = half * 4 + i
      const char = position < text.length ? text.charCodeAt(position) : 32
      packed = packed * 64 + (char < 128 ? codeOf[char]! : 0)
    }
    out[at + half] = packed
  }
}
