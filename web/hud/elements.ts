/** The element of the page with this id; a missing one is a mistake in index.html. */
export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (!found) throw new Error(`index.html has no element with id "${id}"`)
  return found as T
}

/** Sets text only when it differs: untouched text costs no layout. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text
}
