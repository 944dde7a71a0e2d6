import { expect, test } from 'vitest'
import { Admission } from '../../../../actors/hub/serve/admission.ts'

test('an address has its share, and gets it back when connections end', () => {
  const admission = new Admission({ total: 10, perAddress: 2 })
  expect([1, 2, 3].map(() => admission.enter('203.0.113.9'))).toEqual(['entered', 'entered', 'too-many-from-address'])
  admission.leave('203.0.113.9')
  expect(admission.enter('203.0.113.9')).toBe('entered')
})

test('all of a host that has an IPv6 network count together', () => {
  const admission = new Admission({ total: 10, perAddress: 1 })
  expect(admission.enter('2001:db8:1:2:0:0:0:1')).toBe('entered')
  expect(admission.enter('2001:db8:1:2:9:9:9:9')).toBe('too-many-from-address')
  expect(admission.enter('2001:db8:1:3:0:0:0:1')).toBe('entered')
})

test('when the hub is full, addresses do not matter', () => {
  const admission = new Admission({ total: 1, perAddress: 1 })
  admission.enter('203.0.113.9')
  expect(admission.enter('203.0.113.10')).toBe('full')
})
