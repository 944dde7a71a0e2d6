/** The wire formats that have a decoder. Another one is a file beside these and a line here. */
import type { Decoder } from './decoder.ts'
import { EnvelopeDecoder } from './envelope.ts'
import { EventDecoder } from './event.ts'
import { OpenSkyDecoder } from './opensky.ts'
import { ReadsbDecoder } from './readsb.ts'

const DECODERS = {
  envelope: EnvelopeDecoder,
  opensky: OpenSkyDecoder,
  readsb: ReadsbDecoder,
  event: EventDecoder,
} as const

export type Format = keyof typeof DECODERS

export const FORMATS = Object.keys(DECODERS) as readonly Format[]

export function createDecoder(format: Format): Decoder {
  return new DECODERS[format]()
}
