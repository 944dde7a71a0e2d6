/** Where the values of a flight go while they are read. */
export const Slot = {
  // Numbers, in the order in which they stand in a frame.
  lat: 0,
  lon: 1,
  altitude_m: 2,
  geo_altitude_m: 3,
  velocity_mps: 4,
  heading_deg: 5,
  vertical_rate_mps: 6,
  time_position_unix: 7,
  last_contact_unix: 8,
  // Booleans.
  on_ground: 9,
  spi: 10,
  // Strings.
  icao24: 11,
  callsign: 12,
  squawk: 13,
  // An object, or null.
  position: 14,
} as const

export const NUMBER_SLOTS = 9

/** Slots from here on are the format's own. */
export const FORMAT_SLOTS = 15
