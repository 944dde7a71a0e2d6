/**
 * What a request costs where providers count credits by area.
 *
 * OpenSky, `/states/all`, by the square degrees of its box (https://openskynetwork.github.io/opensky-api/rest.html, "API credit
 * usage"); asking without a box is asking for the world.
 */
const OPENSKY_STEPS: readonly (readonly [upToDeg2: number, credits: number])[] = [
  [25, 1],
  [100, 2],
  [400, 3],
  [Number.POSITIVE_INFINITY, 4],
]

export const MOST_OPENSKY_CREDITS = 4

export function openSkyCredits(areaDeg2: number): number {
  return OPENSKY_STEPS.find(([upToDeg2]) => areaDeg2 <= upToDeg2)?.[1] ?? MOST_OPENSKY_CREDITS
}
