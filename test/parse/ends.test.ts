import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type End, readEnds } from '../../pipeline/parse/ends.js'

const written = (end: End | undefined): string =>
  end ? `${end.ip}${end.port === undefined ? '' : ` ${end.port}`}` : '-'

/** A line, who asks in it, who answers. */
const LINES: readonly (readonly [string, string, string])[] = [
  ['connect to 10.0.0.5:443 from 10.1.1.2:4444 timed out', '10.1.1.2 4444', '10.0.0.5 443'],
  ['Accepted password for kim from 10.1.1.1 port 33012 ssh2', '10.1.1.1 33012', '-'],
  ['Connection from 10.1.1.1 port 61663 on 10.9.9.9 port 22', '10.1.1.1 61663', '10.9.9.9 22'],
  [
    'sending packet: from 203.0.113.8[4500] to 198.51.100.2[28808] (80 bytes)',
    '203.0.113.8 4500',
    '198.51.100.2 28808',
  ],
  ['IP 10.1.2.3.43436 > 172.16.2.3.22: Flags [S], seq 1', '10.1.2.3 43436', '172.16.2.3 22'],
  ['read tcp 10.0.0.7:3321->10.0.0.1:443: i/o timeout', '10.0.0.7 3321', '10.0.0.1 443'],
  [
    'Teardown TCP connection 7 for outside:198.51.100.9/443 to inside:10.1.1.4/49579',
    '198.51.100.9 443',
    '10.1.1.4 49579',
  ],
  ['SRC=203.0.113.7 DST=192.0.2.6 LEN=40 PROTO=TCP SPT=1025 DPT=23', '203.0.113.7 1025', '192.0.2.6 23'],
  ['DROP UDP 192.0.2.90 192.0.2.255 137 138 78', '192.0.2.90 137', '192.0.2.255 138'],
  ['17,tcp,44,10.0.2.2,10.0.2.15,53792,22,0,S', '10.0.2.2 53792', '10.0.2.15 22'],
  ['Cx1\t192.0.2.76\t52025\t198.51.100.28\t80\ttcp', '192.0.2.76 52025', '198.51.100.28 80'],
  [
    'clientIP=192.0.2.9 clientPort=46886 host=198.51.100.4 serverRouted=10.3.1.2:8080',
    '192.0.2.9 46886',
    '10.3.1.2 8080',
  ],
  ['lb 192.0.2.39:2817 10.0.0.1:80 0.000 0.001 0.000 200', '192.0.2.39 2817', '10.0.0.1 80'],
  ['192.0.2.39 - - "GET / HTTP/1.1" 200', '192.0.2.39', '-'],
  ['from 2001:db8::5 port 443 to [2001:db8::9]:8443, login accepted', '2001:db8::5 443', '2001:db8::9 8443'],
  ['accepted from ::ffff:192.0.2.45 to ::FFFF:192.0.2.9:22', '192.0.2.45', '192.0.2.9 22'],
  ["Access denied for user 'pos'@'192.0.2.5' (using password: YES)", '192.0.2.5', '-'],
  [
    'no response channel=[id: 0x6068e1ed, L:/10.0.0.5:40001 - R:gw.example/192.0.2.10:7001]',
    '10.0.0.5 40001',
    '192.0.2.10 7001',
  ],
  ['[id: 0x1, L:/10.0.0.5:7001 - R:/192.0.2.10:40001] 0200', '192.0.2.10 40001', '10.0.0.5 7001'],
  ['[id: 0x1, L:/[2001:db8::5]:40001 ! R:/[2001:db8::9]:7001] CLOSE', '2001:db8::5 40001', '2001:db8::9 7001'],
  ['客户端 192.0.2.5:4000 连接服务器 10.0.0.1:9000', '192.0.2.5 4000', '10.0.0.1 9000'],
]

test.each(LINES)('%s', (line, source, destination) => {
  const ends = readEnds(line)
  expect([written(ends.source), written(ends.destination)]).toEqual([source, destination])
})

test('an answer that was awaited from somewhere names who answers, so nobody is said to have asked', () => {
  for (const line of [
    'read timed out after 30000 ms from 10.20.0.5:5000',
    'no response from 10.20.0.5:5000',
    '10s without reply from 10.20.0.5:5000',
  ])
    expect(readEnds(line)).toEqual({ others: [{ ip: '10.20.0.5', port: 5000 }], addresses: ['10.20.0.5'] })
})

test('masks, versions, times and hardware addresses are no ends', () => {
  for (const line of [
    'mask 255.255.255.0',
    'Chrome/49.0.26.23 Safari',
    'version 1.2.3.4',
    'at 10:20:30',
    'MAC=00:08:a2:0c:1f:12:00:c8:8b:e2:d6:87:08:00',
  ])
    expect(readEnds(line).addresses, line).toEqual([])
})

test('any text gives addresses that are in it, in time that grows with its length', () => {
  const piece = fc.constantFrom(
    '10.0.0.1',
    ':80',
    ' ',
    '->',
    '2001:db8::1',
    'from ',
    'port 9',
    '[',
    ']',
    ':',
    '1.',
    'a',
    ',',
    '=',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const text = pieces.join('')
      for (const ip of readEnds(text).addresses) expect(text.toLowerCase()).toContain(ip)
    }),
  )
  const cost = (text: string) => {
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < 7; i++) {
      const began = performance.now()
      readEnds(text)
      best = Math.min(best, performance.now() - began)
    }
    return best
  }
  for (const unit of ['1.', 'a:', '1:', '10.0.0.1 ', 'from ', '((((', '::']) {
    cost(unit.repeat(1000))
    // Beyond its limit a text is not read, so the price stops growing too.
    const isDear = () => cost(unit.repeat(40_000)) >= cost(unit.repeat(1000)) * 8 + 20
    expect(isDear() && isDear() && isDear() && isDear()).toBe(false)
  }
})
