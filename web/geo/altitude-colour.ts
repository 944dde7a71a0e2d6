/** The colours of altitude: warm near the ground, cold up high, light enough to be read on sea, land and night alike. */
export interface ColourStop {
  readonly altitudeM: number
  readonly rgb: readonly [number, number, number]
}

export const ALTITUDE_COLOURS: readonly ColourStop[] = [
  { altitudeM: 0, rgb: [255, 108, 78] },
  { altitudeM: 1000, rgb: [255, 150, 66] },
  { altitudeM: 2500, rgb: [255, 205, 84] },
  { altitudeM: 4500, rgb: [186, 230, 104] },
  { altitudeM: 7000, rgb: [84, 222, 170] },
  { altitudeM: 9500, rgb: [92, 200, 255] },
  { altitudeM: 12000, rgb: [166, 158, 255] },
  { altitudeM: 15000, rgb: [240, 140, 245] },
]

export const GROUND_RGB = [176, 184, 198] as const

const vec3 = (rgb: readonly number[]): string => `vec3(${rgb.map((channel) => (channel / 255).toFixed(4)).join(', ')})`

/** `altitudeColour(metres)` for shaders. */
export const altitudeColourShader = /* glsl */ `
vec3 altitudeColour(float altitude) {
  vec3 colour = ${vec3(ALTITUDE_COLOURS[0]!.rgb)};
${ALTITUDE_COLOURS.slice(1)
  .map((stop, i) => {
    const below = ALTITUDE_COLOURS[i]!.altitudeM
    const share = `clamp((altitude - ${below.toFixed(1)}) / ${(stop.altitudeM - below).toFixed(1)}, 0.0, 1.0)`
    return `  colour = mix(colour, ${vec3(stop.rgb)}, ${share});`
  })
  .join('\n')}
  return colour;
}
const vec3 GROUND_COLOUR = ${vec3(GROUND_RGB)};
`

/** The same for a style sheet's `background`. */
export function altitudeGradient(direction: string): string {
  const top = ALTITUDE_COLOURS.at(-1)!.altitudeM
  const stops = ALTITUDE_COLOURS.map(
    ({ altitudeM, rgb }) => `rgb(${rgb.join(' ')}) ${((altitudeM / top) * 100).toFixed(1)}%`,
  )
  return `linear-gradient(${direction}, ${stops.join(', ')})`
}

export function altitudeColour(altitudeM: number): string {
  const next = ALTITUDE_COLOURS.findIndex((stop) => stop.altitudeM > altitudeM)
  if (next === 0) return `rgb(${ALTITUDE_COLOURS[0]!.rgb.join(' ')})`
  if (next < 0) return `rgb(${ALTITUDE_COLOURS.at(-1)!.rgb.join(' ')})`
  const below = ALTITUDE_COLOURS[next - 1]!
  const above = ALTITUDE_COLOURS[next]!
  const share = (altitudeM - below.altitudeM) / (above.altitudeM - below.altitudeM)
  return `rgb(${below.rgb.map((channel, i) => Math.round(channel + (above.rgb[i]! - channel) * share)).join(' ')})`
}
