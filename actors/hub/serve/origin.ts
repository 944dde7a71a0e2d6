/**
 * Which pages may open a WebSocket here. Browsers send the page's origin with the request, and nothing else stops any page in
 * the world from reading a hub on this machine.
 *
 * Allowed: programs (no origin), pages of this machine, pages of the same IP address, and what is listed. The same host name
 * alone proves nothing: a name can be made to point here.
 */
import { isIP } from 'node:net'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** `origin` and `host` as the request's headers have them; `allowed` are origins such as `https://globe.example.org`, or `*`. */
export function isAllowedOrigin(origin: string, host: string, allowed: readonly string[]): boolean {
  if (origin === '') return true
  if (allowed.includes('*') || allowed.includes(origin)) return true
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  if (LOOPBACK.has(page.hostname)) return true
  return page.host === host && isIP(page.hostname.replace(/^\[(.*)\]$/, '$1')) !== 0
}
