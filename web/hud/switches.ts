/** The buttons that change preferences, and what the page does with them. */
import { element } from './elements.ts'
import type { PreferenceStore } from './preferences.ts'

export function bindSwitches(preferences: PreferenceStore): void {
  const { value } = preferences
  const zone = element('switch-zone')
  const units = element('switch-units')
  const theme = element('switch-theme')
  zone.addEventListener('click', () => preferences.set({ zone: value.zone === 'utc' ? 'local' : 'utc' }))
  units.addEventListener('click', () => preferences.set({ units: value.units === 'aviation' ? 'metric' : 'aviation' }))
  theme.addEventListener('click', () => preferences.set({ theme: value.theme === 'dark' ? 'light' : 'dark' }))
  preferences.watch(() => {
    document.documentElement.dataset.theme = value.theme
    zone.textContent = value.zone === 'utc' ? 'UTC' : 'Local'
    units.textContent = value.units === 'aviation' ? 'ft · kt' : 'm · km/h'
    zone.setAttribute('aria-label', `Clock shows ${value.zone === 'utc' ? 'UTC' : 'local time'}; switch`)
    units.setAttribute('aria-label', `Units: ${value.units === 'aviation' ? 'feet and knots' : 'metric'}; switch`)
    theme.setAttribute('aria-label', `Switch to the ${value.theme === 'dark' ? 'light' : 'dark'} theme`)
  })
}
