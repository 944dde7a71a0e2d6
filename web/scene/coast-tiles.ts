/**
 * The land's outline, loaded tile by tile as the camera comes near (`build/coastlines.ts` makes and describes the tiles).
 * Without tiles everything here is sea that never draws.
 */
export interface CoastTile {
  readonly west: number
  readonly south: number
  readonly words: Uint16Array
}

interface Manifest {
  tileDeg: number
  marginDeg: number
  tiles: string[]
}

export class CoastTiles {
  readonly #base: string
  readonly #names: Set<string>
  readonly #loaded = new Map<string, CoastTile | Promise<void>>()
  readonly tileDeg: number
  readonly marginDeg: number

  static async open(base: string): Promise<CoastTiles> {
    const response = await fetch(`${base}tiles.json`)
    if (!response.ok) throw new Error(`coastlines not served: url=${response.url}, status=${response.status}`)
    return new CoastTiles(base, (await response.json()) as Manifest)
  }

  constructor(base: string, { tileDeg, marginDeg, tiles }: Manifest) {
    this.#base = base
    this.tileDeg = tileDeg
    this.marginDeg = marginDeg
    this.#names = new Set(tiles)
  }

  get empty(): boolean {
    return this.#names.size === 0
  }

  /** The tiles with land in a box of degrees, or null while some of them are still on their way. */
  within(west: number, south: number, east: number, north: number): CoastTile[] | null {
    const found: CoastTile[] = []
    let missing = false
    const step = this.tileDeg
    for (let x = Math.floor((west + 180) / step) * step - 180; x < east; x += step) {
      for (let y = Math.floor((Math.max(south, -90) + 90) / step) * step - 90; y < Math.min(north, 90); y += step) {
        const wrapped = ((((x + 180) % 360) + 360) % 360) - 180
        const tile = this.#tile(`${wrapped}_${y}`)
        if (tile instanceof Promise) missing = true
        // Beyond the antimeridian a tile is shown where the box wants it.
        else if (tile) found.push(x === wrapped ? tile : { ...tile, west: x })
      }
    }
    return missing ? null : found
  }

  #tile(name: string): CoastTile | Promise<void> | null {
    if (!this.#names.has(name)) return null
    const known = this.#loaded.get(name)
    if (known) return known
    const loading = this.#load(name).catch((error) => {
      this.#names.delete(name)
      console.warn('A piece of coast is missing:', error)
    })
    this.#loaded.set(name, loading)
    return loading
  }

  async #load(name: string): Promise<void> {
    const response = await fetch(`${this.#base}${name}.bin`)
    if (!response.ok) throw new Error(`tile not served: url=${response.url}, status=${response.status}`)
    const [west, south] = name.split('_').map(Number) as [number, number]
    this.#loaded.set(name, { west, south, words: new Uint16Array(await response.arrayBuffer()) })
  }
}
