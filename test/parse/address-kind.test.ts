import { expect, test } from 'vitest'
import { addressKind, isPrivate } from '../../pipeline/parse/address-kind.js'

test.each([
  ['127.0.0.1', 'own-host'],
  ['::1', 'own-host'],
  ['0.0.0.0', 'own-host'],
  ['169.254.169.254', 'metadata'],
  ['169.254.7.7', 'link-local'],
  ['fe80::1', 'link-local'],
  ['10.0.2.2', 'emulator'],
  ['172.17.0.3', 'container'],
  ['172.18.0.3', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.1.1', 'shared'],
  ['198.51.100.7', 'outside'],
  ['2001:db8::1', 'outside'],
  ['gw.example', undefined],
])('%s is %s', (ip, kind) => expect(addressKind(ip)).toBe(kind))

test('what is of a private range', () => {
  expect(['10.1.1.1', '172.17.0.1', '10.0.2.2', '100.64.1.1', '8.8.8.8'].map(isPrivate)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
})
