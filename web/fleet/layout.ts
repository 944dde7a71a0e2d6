/**
 * One aircraft in the fleet texture: six RGBA texels of 32-bit floats, read by every vertex shader with `texelFetch`.
 *
 * ```
 *   texel   r             g             b             a
 *     0   [ fix x         fix y         fix z         time of the fix, s     ]  unit vector
 *     1   [ course x      course y      course z      speed, rad/s           ]  unit tangent at the fix
 *     2   [ offset x      offset y      offset z      time of the offset, s  ]  shown − predicted, decays
 *     3   [ altitude m    climb m/s     offset m      offset of course, rad  ]  decay likewise
 *     4   [ chars 0–3     chars 4–7     state         appeared at, s         ]  six bits a character
 *     5   [ label since s trail head    trail length  –                      ]  negative: hidden since
 * ```
 *
 * Times are seconds of stream time since the fleet's base, which moves up before a float would lose its millisecond.
 */
export const TEXELS_PER_AIRCRAFT = 6
export const FLOATS_PER_AIRCRAFT = TEXELS_PER_AIRCRAFT * 4

/** A multiple of TEXELS_PER_AIRCRAFT, so that no aircraft is split between two rows. */
export const TEXTURE_WIDTH = 1020
export const AIRCRAFT_PER_ROW = TEXTURE_WIDTH / TEXELS_PER_AIRCRAFT

export const FIX = 0
export const FIX_TIME = 3
export const COURSE = 4
export const SPEED = 7
export const OFFSET = 8
export const OFFSET_TIME = 11
export const ALTITUDE = 12
export const CLIMB = 13
export const ALTITUDE_OFFSET = 14
export const COURSE_OFFSET = 15
export const CHARS = 16
export const STATE = 18
export const APPEARED = 19
export const LABEL_SINCE = 20
export const TRAIL_HEAD = 21
export const TRAIL_LENGTH = 22

/** The times that move when the base moves. A label's is not among them: its sign has a meaning. */
export const TIMES = [FIX_TIME, OFFSET_TIME, APPEARED] as const

/** Bits of STATE. */
export const PRESENT = 1
export const ON_GROUND = 2
export const HAS_COURSE = 4
export const EMERGENCY = 8

/** How long a correction takes to shrink to 1/e. Exponential decay has no memory, so corrections may come at any rate. */
export const EASE_SECONDS = 0.9
/** How far ahead of its last fix an aircraft is carried. */
export const HORIZON_SECONDS = 60
/** A fix may be a little ahead of the display's clock. */
export const EARLIEST_SECONDS = -10
