/** Bytes as hexadecimal, eight to a group. */
export const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.slice())
    .toString('hex')
    .replace(/.{16}(?=.)/g, '$& ')
