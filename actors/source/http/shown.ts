/** What may be shown of what was asked and answered. */

const REDACTED = 'redacted'
const SECRET_NAME = /key|token|secret|signature|passw|auth|appid|sig$/i

/** An address without the account in it, and without what may be a secret in its query. */
export function shownUrl(address: string): string {
  const url = URL.parse(address)
  if (url === null || (url.search === '' && url.username === '' && url.password === '')) return address
  url.username = ''
  url.password = ''
  for (const name of new Set(url.searchParams.keys())) if (SECRET_NAME.test(name)) url.searchParams.set(name, REDACTED)
  return url.href
}

/** What a provider or the network says, which may repeat what it was asked. */
export function shownText(text: string, secrets: readonly string[] = []): string {
  return secrets.reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, REDACTED)), text)
}
