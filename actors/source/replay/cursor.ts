/**
 * Where a replay is: what a progress frame carries and what a restart goes on from.
 *
 *  0          4            4 + n
 *  +----------+------------+----------------------------------+
 *  | n (u32)  | JSON       | identities of finished files, 8 bytes each |
 *  +----------+------------+----------------------------------+
 *
 * Files are known by identity, not by their place in the list: one that was finished adds nothing when it is named again,
 * one that was left in the middle goes on there.
 */
export interface FilePlace {
  /** In the decompressed file; the start of a line. */
  offset: number
  /** Of the line there, from 1. */
  line: number
}

export interface ReplayCursor {
  lap: number
  /** Added to every time in this lap, milliseconds. */
  shiftMs: number
  /** The clock at the first body of this lap, shifted; null before it. */
  lapStartMs: number | null
  /** The last step of the clock in this lap: how far apart its bodies are. */
  stepMs: number
  /** Files begun and not finished, by identity. */
  open: Record<string, FilePlace>
  /** Identities of the files that are finished in this lap. */
  finished: Set<string>
}

/** Hexadecimal digits of an identity. */
export const IDENTITY_DIGITS = 16

export function newCursor(): ReplayCursor {
  return { lap: 0, shiftMs: 0, lapStartMs: null, stepMs: 0, open: {}, finished: new Set() }
}

export function encodeCursor({ finished, ...rest }: ReplayCursor): Uint8Array {
  const json = Buffer.from(JSON.stringify(rest))
  const bytes = Buffer.alloc(4 + json.length + (finished.size * IDENTITY_DIGITS) / 2)
  bytes.writeUInt32LE(json.length, 0)
  json.copy(bytes, 4)
  let at = 4 + json.length
  for (const identity of finished) at += bytes.write(identity, at, 'hex')
  return bytes
}

export function decodeCursor(encoded: Uint8Array): ReplayCursor {
  if (encoded.length === 0) return newCursor()
  const bytes = Buffer.from(encoded)
  const jsonEnd = 4 + bytes.readUInt32LE(0)
  const finished = new Set<string>()
  for (let at = jsonEnd; at < bytes.length; at += IDENTITY_DIGITS / 2) {
    finished.add(bytes.toString('hex', at, at + IDENTITY_DIGITS / 2))
  }
  return { ...JSON.parse(bytes.toString('utf8', 4, jsonEnd)), finished }
}
