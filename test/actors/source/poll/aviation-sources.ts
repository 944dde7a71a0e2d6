/** Sources that poll simulated aviation providers, as YAML. */
import type { Airspace } from '../../../../fixtures/airspace/serve/index.ts'

const CIRCLES = {
  'airplanes.live': '/v2/point/{lat}/{lon}/{radius_nm}',
  'adsb.fi': '/api/v2/lat/{lat}/lon/{lon}/dist/{radius_nm}',
}
type Circles = keyof typeof CIRCLES

export const circles = (airspace: Airspace, provider: Circles, more = ''): string => `
${provider.replace('.', '-')}:
  provider: ${provider}
  poll:
    url: ${airspace.url(provider)}${CIRCLES[provider]}
    tiles: { shape: circle }
    format: readsb
    limits: [1/s]
    credential: ${provider}
${more}`

export const openSky = (airspace: Airspace, more = ''): string => `
opensky:
  poll:
    url: ${airspace.url('opensky')}/api/states/all?lamin={lat_min}&lomin={lon_min}&lamax={lat_max}&lomax={lon_max}
    tiles: { shape: box }
    format: opensky
    credits: opensky
    limits: [1/s, { perDay: 4000, unit: credit }]
${more}`
