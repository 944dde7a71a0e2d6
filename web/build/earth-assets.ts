/**
 * Vite plugin: the pictures and coastlines of the earth, taken from the packages that ship them by path, served in development
 * and written beside the bundle in a build. Nothing is fetched from anywhere.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { coastTiles, MARGIN_DEG, TILE_DEG } from './coastlines.ts'

const PICTURES = new URL('../../node_modules/three-globe/example/img/', import.meta.url)

/** Name in the page → file in the package. NASA's Blue Marble, Black Marble and topography, all in the public domain. */
const PICTURE_FILES: Record<string, string> = {
  'earth-day.jpg': 'earth-blue-marble.jpg',
  'earth-night.jpg': 'earth-night.jpg',
  'earth-relief.png': 'earth-topology.png',
}

export function earthAssets(): Plugin {
  let assets: Map<string, Uint8Array> | null = null
  return {
    name: 'skein:earth-assets',
    configureServer(server) {
      server.middlewares.use('/earth/', (request, response, next) => {
        assets ??= readAssets()
        const asset = assets.get((request.url ?? '').slice(1))
        if (asset) response.end(asset)
        else next()
      })
    },
    generateBundle() {
      for (const [name, source] of readAssets()) this.emitFile({ type: 'asset', fileName: `earth/${name}`, source })
    },
  }
}

function readAssets(): Map<string, Uint8Array> {
  const assets = new Map<string, Uint8Array>()
  for (const [name, file] of Object.entries(PICTURE_FILES))
    assets.set(name, readFileSync(fileURLToPath(new URL(file, PICTURES))))
  const tiles = coastTiles(createRequire(import.meta.url).resolve('world-atlas/land-10m.json'))
  const manifest = { tileDeg: TILE_DEG, marginDeg: MARGIN_DEG, tiles: [...tiles.keys()] }
  assets.set('coast/tiles.json', new TextEncoder().encode(JSON.stringify(manifest)))
  for (const [name, bytes] of tiles) assets.set(`coast/${name}.bin`, bytes)
  return assets
}
