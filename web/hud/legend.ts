/** The altitude scale with the fleet's distribution over it: which colour means what, and where the traffic is. */
import type { FlightTable } from '../client/index.ts'
import { ALTITUDE_COLOURS, altitudeColour, altitudeGradient } from '../geo/altitude-colour.ts'
import { element } from './elements.ts'
import { type Units, whole } from './format.ts'

const BARS = 30
const TOP_M = ALTITUDE_COLOURS.at(-1)!.altitudeM
const TICKS = { aviation: [0, 10_000, 20_000, 30_000, 40_000], metric: [0, 3, 6, 9, 12, 15] } as const
const METRES = { aviation: 0.3048, metric: 1000 } as const

export class Legend {
  readonly #ticks = element('legend-ticks')
  readonly #unit = element('legend-unit')
  readonly #bars: HTMLElement[]
  readonly #counts = new Uint32Array(BARS)

  constructor() {
    element('legend-scale').style.background = altitudeGradient('to right')
    const histogram = element('legend-bars')
    this.#bars = Array.from({ length: BARS }, (_, i) => {
      const bar = document.createElement('i')
      bar.style.background = altitudeColour(((i + 0.5) / BARS) * TOP_M)
      histogram.append(bar)
      return bar
    })
  }

  setUnits(units: Units): void {
    this.#unit.textContent = units === 'metric' ? 'km' : 'ft'
    this.#ticks.replaceChildren(
      ...TICKS[units].map((value) => {
        const tick = document.createElement('span')
        tick.textContent = units === 'metric' || value === 0 ? whole(value) : `${value / 1000}k`
        tick.style.left = `${((value * METRES[units]) / TOP_M) * 100}%`
        return tick
      }),
    )
  }

  update(table: FlightTable): void {
    this.#counts.fill(0)
    let most = 1
    for (let slot = 0; slot < table.highWater; slot++) {
      if (!table.present[slot] || table.onGround[slot] === 1) continue
      const altitudeM = table.altitudeM[slot]!
      if (Number.isNaN(altitudeM)) continue
      const bar = Math.max(0, Math.min(BARS - 1, Math.floor((altitudeM / TOP_M) * BARS)))
      most = Math.max(most, ++this.#counts[bar]!)
    }
    // A root keeps a lone aircraft visible beside a crowded level.
    for (let i = 0; i < BARS; i++)
      this.#bars[i]!.style.transform = `scaleY(${Math.sqrt(this.#counts[i]! / most).toFixed(3)})`
  }
}
