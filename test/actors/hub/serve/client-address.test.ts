import { expect, test } from 'vitest'
import { clientAddress, trustedNetworks } from '../../../../actors/hub/serve/client-address.ts'

const trusted = trustedNetworks(['10.0.0.0/8', '::1', '192.168.1.7'])

test.each([
  ['203.0.113.9', '', '203.0.113.9'],
  ['203.0.113.9', '1.2.3.4', '203.0.113.9'],
  ['10.1.2.3', '203.0.113.9', '203.0.113.9'],
  ['10.1.2.3', '1.2.3.4, 203.0.113.9', '203.0.113.9'],
  ['10.1.2.3', '203.0.113.9, 192.168.1.7', '203.0.113.9'],
  ['10.1.2.3', 'nonsense', '10.1.2.3'],
  ['10.1.2.3', '', '10.1.2.3'],
  ['10.1.2.3', '203.0.113.9, nonsense', '10.1.2.3'],
  ['0000:0000:0000:0000:0000:0000:0000:0001', '2001:db8::5', '2001:db8:0:0:0:0:0:5'],
  ['0000:0000:0000:0000:0000:ffff:0a01:0203', '[2001:DB8::5]', '2001:db8:0:0:0:0:0:5'],
  ['0000:0000:0000:0000:0000:ffff:cb00:7109', '1.1.1.1', '203.0.113.9'],
])('a connection from %s that says "%s" is from %s', (remote, forwarded, address) => {
  expect(clientAddress(remote, forwarded, trusted)).toBe(address)
})

test.each(['10.0.0.0/33', '10.0.0.0/', 'proxy', '10.0.0.0/x', '::1/129'])('%s is refused as a proxy', (proxy) => {
  expect(() => trustedNetworks([proxy])).toThrow(RangeError)
})
