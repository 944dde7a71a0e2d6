/** One price of one instrument at one moment, or over one interval. */
import { defineSchema, f64, string } from '../engine/records/index.ts'

const price = (doc: string) => f64({ nullable: true, doc: `${doc}, in \`currency\`.` })

export const quote = defineSchema({
  name: 'quote',
  id: 4,
  version: 1,
  doc: 'One price of one instrument.',
  key: 'symbol',
  deduplicated: true,
  goesStale: false,
  fields: {
    symbol: string(31, { doc: 'What it is the price of, and where it was made: `coinbase:BTC-USD`.' }),
    price: price('The last price'),
    bid: price('The highest that somebody would pay'),
    ask: price('The lowest that somebody would sell for'),
    open: price('At the start of the interval'),
    high: price('The highest of the interval'),
    low: price('The lowest of the interval'),
    previous_close: price('At the end of the interval before'),
    volume: f64({ nullable: true, doc: 'How much was traded in the interval, in units of the instrument.' }),
    quote_volume: f64({ nullable: true, doc: 'The same, in `currency`.' }),
    change_pct: f64({ nullable: true, doc: 'By how much it changed over the interval, percent.' }),
    interval_s: f64({ nullable: true, doc: 'How long the interval is, seconds; null where the source does not say.' }),
    currency: string(7, { nullable: true, doc: 'What it is paid in, ISO 4217 where there is such a code.' }),
  },
})
