/** Fetches prices of several symbols at once: `scripts/node docs/examples/fetch-quotes.ts CONFIG SYMBOL…` */
import { FetchError, startEngine } from 'skein'

const [file = 'config/markets.yaml', ...symbols] = process.argv.slice(2)
const engine = await startEngine(file, { onAlert: ({ name, state }) => console.error(`${name} ${state}`) })
try {
  const requests = symbols.map((symbol) => ({ source: 'binance-ticker', symbol }))
  const results = await engine.fetchBatch(requests, { signal: AbortSignal.timeout(30_000) })
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') console.log(symbols[i], result.value.records[0]?.fields.price)
    else if (result.reason instanceof FetchError) console.log(symbols[i], result.reason.class, result.reason.code)
  }
} finally {
  await engine.stop()
}
console.log(`${engine.getBufferItems().length} records, ${engine.getMetrics().requests} requests`)
