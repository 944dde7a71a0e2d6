/** How an area is said in an address. */
import { type Area, NAUTICAL_MILE_M } from '../schedule/index.ts'

export const TILE_PARAMETERS = ['lat', 'lon', 'radius_nm', 'radius_km', 'lat_min', 'lat_max', 'lon_min', 'lon_max']

/** Some metres. */
const PLACE_DIGITS = 4
/** By how much a division may be off. */
const ROUNDING = 1e-6

/** A circle's radius is rounded up, to whole miles or kilometres; a box's edges are some metres further out. */
export function tileParameters(area: Area): Record<string, string> {
  if (area.kind === 'circle')
    return {
      lat: area.lat.toFixed(PLACE_DIGITS),
      lon: area.lon.toFixed(PLACE_DIGITS),
      radius_nm: String(Math.ceil(area.radius_m / NAUTICAL_MILE_M - ROUNDING)),
      radius_km: String(Math.ceil(area.radius_m / 1000 - ROUNDING)),
    }
  return {
    lat_min: outward(area.latMin, Math.floor),
    lat_max: outward(area.latMax, Math.ceil),
    lon_min: outward(area.lonMin, Math.floor),
    lon_max: outward(area.lonMax, Math.ceil),
  }
}

function outward(degrees: number, round: (value: number) => number): string {
  const scale = 10 ** PLACE_DIGITS
  return (round(degrees * scale) / scale).toString()
}
