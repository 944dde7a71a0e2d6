/** What buttons and keys can ask for. Keys that move the camera while held are in `camera/controls.ts`. */
import { element } from './elements.ts'

export interface Commands {
  closer(): void
  farther(): void
  north(): void
  home(): void
  deselect(): void
  follow(): void
  next(): void
  previous(): void
}

const BUTTONS: Record<string, keyof Commands> = {
  'camera-closer': 'closer',
  'camera-farther': 'farther',
  'camera-north': 'north',
  'camera-home': 'home',
  'details-close': 'deselect',
  'details-follow': 'follow',
}

const KEYS: Record<string, keyof Commands> = {
  Escape: 'deselect',
  KeyH: 'home',
  Home: 'home',
  KeyC: 'follow',
  Period: 'next',
  Comma: 'previous',
}

export function bindButtons(commands: Commands): void {
  for (const [id, command] of Object.entries(BUTTONS)) element(id).addEventListener('click', () => commands[command]())
}

export function bindKeys(commands: Commands): void {
  window.addEventListener('keydown', (event) => {
    const command = KEYS[event.code]
    if (!command || event.altKey || event.ctrlKey || event.metaKey) return
    commands[command]()
  })
}
