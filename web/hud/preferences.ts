/** What a visitor chose: theme, units, time zone of the clock. Kept in the browser; where storage is refused, for the visit. */
import type { ClockZone, Units } from './format.ts'

export interface Preferences {
  theme: 'dark' | 'light'
  units: Units
  zone: ClockZone
}

const KEY = 'skein.preferences'

export class PreferenceStore {
  readonly value: Preferences
  readonly #listeners: ((value: Preferences) => void)[] = []

  constructor() {
    const theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'
    this.value = { theme, units: 'aviation', zone: 'utc', ...stored() }
  }

  /** Calls `listener` now and after each change. */
  watch(listener: (value: Preferences) => void): void {
    this.#listeners.push(listener)
    listener(this.value)
  }

  set(change: Partial<Preferences>): void {
    Object.assign(this.value, change)
    try {
      localStorage.setItem(KEY, JSON.stringify(this.value))
    } catch {
      // Private windows may refuse storage; the choice still holds for this visit.
    }
    for (const listener of this.#listeners) listener(this.value)
  }
}

function stored(): Partial<Preferences> {
  const kept: Partial<Preferences> = {}
  try {
    const value = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, unknown>
    if (value.theme === 'dark' || value.theme === 'light') kept.theme = value.theme
    if (value.units === 'aviation' || value.units === 'metric') kept.units = value.units
    if (value.zone === 'utc' || value.zone === 'local') kept.zone = value.zone
  } catch {
    // Nothing readable is stored: the defaults hold.
  }
  return kept
}
