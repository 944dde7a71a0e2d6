/**
 * Whose connection it is, also behind proxies: X-Forwarded-For is believed as far as it was written by proxies that are
 * trusted, and no further, because everything before that is the client's own word.
 */
import { BlockList, isIP } from 'node:net'

/** From addresses and networks in CIDR notation. Throws a RangeError that names what is neither. */
export function trustedNetworks(proxies: readonly string[]): BlockList {
  const trusted = new BlockList()
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/')
    const family = isIP(address)
    if (family === 0) throw new RangeError(`${proxy} is neither an address nor a network such as 10.0.0.0/8`)
    const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix)
    if (prefix === '' || !Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128))
      throw new RangeError(`${proxy}: the prefix does not fit its address`)
    trusted.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  }
  return trusted
}

/** `remote` is the peer's address; addresses come out in full, IPv4 within IPv6 as IPv4. */
export function clientAddress(remote: string, forwardedFor: string, trusted: BlockList): string {
  let address = normalised(remote) ?? remote
  const hops = forwardedFor.split(',')
  while (hops.length > 0 && isTrusted(address, trusted)) {
    const before = normalised(hops.pop()!.trim())
    if (before === null) break
    address = before
  }
  return address
}

function isTrusted(address: string, trusted: BlockList): boolean {
  return trusted.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
}

/** IPv6 as eight groups without leading zeros; null for what is no address. */
function normalised(text: string): string | null {
  const address = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '')
  const family = isIP(address)
  if (family === 4) return address
  if (family !== 6) return null
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = short.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...first, ...new Array<string>(8 - first.length - last.length).fill('0'), ...last]
  return groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff' ? ipv4Of(groups) : groups.join(':')
}

function ipv4Of(groups: readonly string[]): string {
  const [high, low] = groups.slice(6).map((group) => Number.parseInt(group, 16)) as [number, number]
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}
