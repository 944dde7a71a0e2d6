/** Numbers as people read them, in the units they chose. NaN and null are an en dash. */
export type Units = 'aviation' | 'metric'
export type ClockZone = 'utc' | 'local'

export const UNKNOWN = '–'
const FEET_PER_M = 1 / 0.3048
const KNOTS_PER_MPS = 3600 / 1852

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

export const whole = (value: number): string => grouped.format(value)

export function altitude(metres: number, units: Units): string {
  if (Number.isNaN(metres)) return UNKNOWN
  return units === 'metric' ? `${whole(metres)} m` : `${whole(Math.round((metres * FEET_PER_M) / 25) * 25)} ft`
}

export function speed(mps: number, units: Units): string {
  if (Number.isNaN(mps)) return UNKNOWN
  return units === 'metric' ? `${whole(mps * 3.6)} km/h` : `${whole(mps * KNOTS_PER_MPS)} kt`
}

export function climb(mps: number, units: Units): string {
  if (Number.isNaN(mps)) return UNKNOWN
  const sign = mps > 0.05 ? '+' : mps < -0.05 ? '−' : ''
  const size = Math.abs(mps)
  return units === 'metric'
    ? `${sign}${size.toFixed(1)} m/s`
    : `${sign}${whole(Math.round((size * FEET_PER_M * 60) / 10) * 10)} ft/min`
}

const WINDS = ['N', 'NNE', 'NE', 'ENE', 'E', 'ESE', 'SE', 'SSE', 'S', 'SSW', 'SW', 'WSW', 'W', 'WNW', 'NW', 'NNW']

export function heading(degrees: number): string {
  if (Number.isNaN(degrees)) return UNKNOWN
  const turned = ((Math.round(degrees) % 360) + 360) % 360
  return `${String(turned).padStart(3, '0')}° ${WINDS[Math.round(turned / 22.5) % 16]}`
}

export function coordinate(degrees: number, positive: string, negative: string): string {
  if (Number.isNaN(degrees)) return UNKNOWN
  return `${Math.abs(degrees).toFixed(4)}° ${degrees < 0 ? negative : positive}`
}

export function age(seconds: number): string {
  if (Number.isNaN(seconds)) return UNKNOWN
  const past = Math.max(0, seconds)
  if (past < 10) return `${past.toFixed(1)} s`
  return past < 120 ? `${Math.round(past)} s` : `${Math.floor(past / 60)} min ${Math.round(past % 60)} s`
}

export const yesNo = (flag: number): string => (flag === 1 ? 'yes' : flag === 0 ? 'no' : UNKNOWN)

export function timeOfDay(ms: number, zone: ClockZone): string {
  if (Number.isNaN(ms)) return '--:--:--'
  const moment = new Date(ms)
  if (zone === 'utc') return moment.toISOString().slice(11, 19)
  return [moment.getHours(), moment.getMinutes(), moment.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export function date(ms: number, zone: ClockZone): string {
  if (Number.isNaN(ms)) return UNKNOWN
  const moment = new Date(ms)
  return zone === 'utc'
    ? `${moment.getUTCDate()} ${MONTHS[moment.getUTCMonth()]} ${moment.getUTCFullYear()}`
    : `${moment.getDate()} ${MONTHS[moment.getMonth()]} ${moment.getFullYear()}`
}
