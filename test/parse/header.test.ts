import { describe, expect, test } from 'vitest'
import { readHeader } from '../../pipeline/parse/header.js'
import { eventOf } from './event-of.js'

const JOURNAL =
  '{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1772445782101100","_HOSTNAME":"till","SYSLOG_IDENTIFIER":"kernel","PRIORITY":"4","MESSAGE":"eth0: link down"}'

describe('syslog and journal headers', () => {
  test.each([
    ['Mar  2 10:10:25 till kernel: x', 'till', 'kernel', undefined, 'x'],
    ['Mar  2 10:10:25 till named[7]: x', 'till', 'named', undefined, 'x'],
    ['<4>Mar  2 10:10:25 till named[7]: x', 'till', 'named', 'warning', 'x'],
    ['Mar  2 10:10:25 kernel: x', undefined, 'kernel', undefined, 'x'],
    ['Mar  2 2026 10:10:25 till kernel: x', 'till', 'kernel', undefined, 'x'],
    ['2026-03-02T10:10:25.123456+01:00 till kernel: x', 'till', 'kernel', undefined, 'x'],
    ['<30>1 2026-03-02T10:10:25Z till charon 158 - [a b="c]"] 06[IKE] x', 'till', 'charon', 'info', '06[IKE] x'],
    ['Mon Mar  2 10:10:25 2026 kern.info kernel: x', undefined, 'kernel', 'info', 'x'],
    ['Mar  2 10:10:25 rt1 daemon.notice netifd: x', 'rt1', 'netifd', 'notice', 'x'],
    ['2026-03-02T10:10:25.1-07:00 WARNING kernel: x', undefined, 'kernel', 'warning', 'x'],
    ['Mon 2026-03-02 10:10:25 CET gw kernel: x', 'gw', 'kernel', undefined, 'x'],
    ['Mar  2 10:10:25 till app[1]: message repeated 3 times: [ x]', 'till', 'app', undefined, 'x'],
    ['Mar  2 10:10:25 Till-3 QuayPay(CFNetwork)[565] <Error>: x', 'Till-3', 'QuayPay', 'error', 'x'],
    ['Mar  2 10:10:25 Till-3 wifid[53] <Notice>: x', 'Till-3', 'wifid', 'notice', 'x'],
    ['Mar  2 10:10:25 ap-1 d021f96a1100,U6-Pro-6.6.77+15402: hostapd[18]: x', 'ap-1', 'hostapd', undefined, 'x'],
    [
      '__CURSOR=s=1\n__REALTIME_TIMESTAMP=1772445782101100\n_HOSTNAME=till\nSYSLOG_IDENTIFIER=kernel\nPRIORITY=4\nMESSAGE=eth0: link down',
      'till',
      'kernel',
      'warning',
      'eth0: link down',
    ],
    [JOURNAL, 'till', 'kernel', 'warning', 'eth0: link down'],
    [JOURNAL.replace('"eth0: link down"', '[101,116,104,48]'), 'till', 'kernel', 'warning', 'eth0'],
  ])('%s', (line, host, program, level, body) => {
    const read = readHeader(line)
    expect(read?.header).toMatchObject({ program })
    expect([read?.header.host, read?.header.level, read?.body]).toEqual([host, level, body])
  })

  test.each([
    '25-Nov-2026 06:14:10.001 lame-servers: info: timed out',
    '2026-03-02 10:10:25 ERROR connect: timed out',
    '{"time":"2026-03-02T10:10:25Z","MESSAGE":"x"}',
    '{"__REALTIME_TIMESTAMP":"1","broken',
  ])('none: %s', (line) => expect(readHeader(line)).toBeUndefined())
})

test('a phrase behind a time is no host and program', () => {
  for (const line of [
    '2026-11-24 10:01:01 TLS Error: TLS handshake failed',
    '2026-11-24T10:01:01Z Connection Error: reset',
  ])
    expect(readHeader(line), line).toBeUndefined()
  expect(readHeader('2026-11-24T10:01:01Z gw CRON: x')?.header).toMatchObject({ host: 'gw', program: 'CRON' })
  expect(readHeader('2026-11-24 10:01:01 gw haproxy[7]: x')?.header).toMatchObject({
    host: 'gw',
    program: 'haproxy',
    pid: 7,
  })
})

describe('syslog that a relay wrote as JSON', () => {
  test.each([
    [
      'syslog-ng',
      '{"PROGRAM":"haproxy","PID":"911","HOST":"lb-2","FACILITY":"local0","PRIORITY":"info","ISODATE":"2026-11-24T10:00:00+00:00","MESSAGE":" x"}',
      { host: 'lb-2', program: 'haproxy', pid: 911, level: 'info' },
    ],
    [
      'rsyslog, jsonmesg',
      '{"msg":" x","rawmsg":"<30>x","timereported":"2026-11-24T10:00:00.12+00:00","hostname":"rt-4","syslogtag":"pppd[71]:","pri":"30","syslogfacility":"3","programname":"pppd"}',
      { host: 'rt-4', program: 'pppd' },
    ],
    [
      'rsyslog, a list with the tag alone',
      '{"timestamp":"2026-11-24T10:00:00Z","host":"rt-4","syslogtag":"pppd[71]:","syslogseverity-text":"err","message":"x"}',
      { host: 'rt-4', program: 'pppd', level: 'err' },
    ],
    [
      'Vector',
      '{"appname":"charon","facility":"daemon","hostname":"gw-7","message":"x","procid":158,"severity":"warning","source_type":"syslog","timestamp":"2026-11-24T10:00:00Z"}',
      { host: 'gw-7', program: 'charon', pid: 158, level: 'warning' },
    ],
    [
      'Logstash',
      '{"@timestamp":"2026-11-24T10:00:00.000Z","program":"dnsmasq","pid":"71","logsource":"rt-4","facility_label":"system","message":"x"}',
      { host: 'rt-4', program: 'dnsmasq', pid: 71 },
    ],
  ])('%s', (_, line, header) => {
    const read = readHeader(line)
    expect(read?.body).toBe('x')
    expect(read?.header).toMatchObject({ ...header, time: { year: 2026, month: 11, day: 24, hour: 10 } })
  })

  test.each([
    '{"time":"2026-11-24T10:00:00Z","program":"till","level":"ERROR","message":"Read timed out"}',
    '{"timestamp":"2026-11-24T10:00:00Z","app_name":"till","level":"ERROR","message":"Read timed out"}',
    '{"time":"2026-11-24T10:00:00Z","facility":"shop 9","level":"ERROR","message":"Read timed out"}',
    '{"PROGRAM":"haproxy","FACILITY":"local0","MESSAGE":"no time"}',
  ])("an application's own stays one: %s", (line) => expect(readHeader(line)).toBeUndefined())
})

describe("the structured data of a program's own", () => {
  const structured = (line: string) => readHeader(line)?.header.structured
  test('is kept with the id of the message', () =>
    expect(
      structured('<134>1 2026-03-02T10:10:25Z till pay 7 BEGIN [sale@51204 trace="000917" term="T1"] purchase'),
    ).toBe('BEGIN trace="000917" term="T1"'))
  test.each([
    '<134>1 2026-03-02T10:10:25Z fw filterlog 7 - [meta sequenceId="754"] block',
    '<134>1 2026-03-02T10:10:25Z till pay 7 BEGIN - purchase',
  ])('near miss: %s', (line) => expect(structured(line)).toBeUndefined())
  test('numbers the sale', () =>
    expect(
      eventOf('<131>1 2026-03-02T10:10:25Z till pay 7 FAIL [sale@51204 trace="000917" term="T1"] connect timed out'),
    ).toMatchObject({ 'whytimeout.stan': '000917', 'whytimeout.terminal_id': 'T1' }))
})
