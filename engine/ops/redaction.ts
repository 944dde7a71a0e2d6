/** Takes secrets out of text, wherever in a line they stand and however they got there. */
export type Redact = (text: string) => string

export const REDACTED = '[redacted]'

/** Shorter values are left alone: to hide every `1` would hide everything else too. */
const MIN_SECRET_LENGTH = 4

/** Replaces each of the values, as they are and as JSON and URLs escape them. */
export function redactorOf(secrets: readonly string[]): Redact {
  const forms = secrets
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .toSorted((a, b) => b.length - a.length) // a secret may hold another
  if (forms.length === 0) return (text) => text
  const pattern = new RegExp(forms.map(escapeRegExp).join('|'), 'g')
  return (text) => text.replace(pattern, REDACTED)
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
