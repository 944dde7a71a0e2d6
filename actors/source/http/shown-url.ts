/** An address as it may be shown: without what may be a secret in its query. */
const SECRET = /key|token|secret|signature|passw|auth|sig$/i

export function shownUrl(address: string): string {
  if (!address.includes('?')) return address
  const url = URL.parse(address)
  if (url === null) return address
  for (const name of url.searchParams.keys()) if (SECRET.test(name)) url.searchParams.set(name, 'redacted')
  return url.href
}
