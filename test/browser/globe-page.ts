/** The page as a test sees it: `window.skein` from outside, and where on the globe a press is safe. */
import type { Page } from 'playwright-core'
import type { SkeinHook } from '../../web/hook.ts'

type Hooked = { skein: SkeinHook }

interface Spot {
  icao24: string
  x: number
  y: number
}

/** The part of a 1280 × 800 page that no panel covers, the one of a selected aircraft neither. */
const FREE = { left: 360, top: 120, right: 900, bottom: 660 }

export class GlobePage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** All of the hook's plain values at one moment. */
  state() {
    return this.page.evaluate(() => {
      const { skein } = globalThis as unknown as Hooked
      const { status, count, clockMs, selected, camera, frames, firstPictureMs, firstAircraftMs, texturesReady } = skein
      return { status, count, clockMs, selected, camera, frames, firstPictureMs, firstAircraftMs, texturesReady }
    })
  }

  inPicture(): Promise<string[]> {
    return this.page.evaluate(() => (globalThis as unknown as Hooked).skein.inPicture())
  }

  pixelOf(icao24: string): Promise<{ x: number; y: number } | null> {
    return this.page.evaluate((id) => (globalThis as unknown as Hooked).skein.pixelOf(id), icao24)
  }

  positionOf(icao24: string): Promise<{ lat: number; lon: number; altitudeM: number } | null> {
    return this.page.evaluate((id) => (globalThis as unknown as Hooked).skein.positionOf(id), icao24)
  }

  /** The aircraft that stands freest in the uncovered part of the picture. */
  async loneliest(): Promise<Spot> {
    const spots = await this.page.evaluate(() => {
      const { skein } = globalThis as unknown as Hooked
      return skein.inPicture().map((icao24) => ({ icao24, ...skein.pixelOf(icao24)! }))
    })
    const room = (spot: Spot) =>
      Math.min(
        ...spots.filter((other) => other !== spot).map((other) => Math.hypot(other.x - spot.x, other.y - spot.y)),
      )
    const free = spots.filter(({ x, y }) => x > FREE.left && x < FREE.right && y > FREE.top && y < FREE.bottom)
    const best = free.sort((a, b) => room(b) - room(a))[0]
    if (!best) throw new Error('no aircraft in the free part of the picture')
    return best
  }
}
