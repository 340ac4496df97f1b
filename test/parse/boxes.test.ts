import { describe, expect, test } from 'vitest'
import { eventOf } from './event-of.js'

const said = (line: string) => {
  const e = eventOf(line)
  return [e['event.action'], e['source.ip'] ?? '', e['destination.ip'] ?? '']
}

describe('boxes say', () => {
  test.each<[string, string[]]>([
    [
      'Oct 22 2026 13:09:49 fw : %ASA-4-401002: Shun added: 203.0.113.57 0.0.0.0 0 0',
      ['address-banned', '203.0.113.57', ''],
    ],
    ['Oct 22 2026 13:10:39 fw : %ASA-4-401003: Shun deleted: 203.0.113.57', ['ban-lifted', '203.0.113.57', '']],
    [
      'Oct 22 2026 13:09:50 fw : %ASA-4-401004: Shunned packet: 203.0.113.57 ==> 192.0.2.200 on interface agg',
      ['policy-denied', '203.0.113.57', '192.0.2.200'],
    ],
    [
      '2026-08-19 10:13:40.600717 ARP, Request who-has 172.22.200.15 tell 172.22.8.22, length 46',
      ['neighbour-asked', '172.22.8.22', '172.22.200.15'],
    ],
    [
      '2026-08-19 10:12:13.508659 ARP, Reply 172.22.8.1 is-at 00:a0:de:4c:19:02, length 28',
      ['neighbour-seen', '172.22.8.1', ''],
    ],
    ['Nov  5 17:27:44 rt kernel: [811308.800000] leave showtime', ['link-down', '', '']],
    ['Nov  5 17:28:26 rt kernel: [811350.200000] enter showtime', ['link-up', '', '']],
    ['2026-11-05 17:28:00 dsl-stat: line_state="Full init" snr_down=0.0', ['link-down', '', '']],
    [
      '2026-08-19T10:13:34Z h sudo:  mira : TTY=pts/1 ; PWD=/root ; USER=root ; COMMAND=/usr/bin/nmcli connection modify lan0 ipv4.gateway 10.0.0.2',
      ['config-changed', '', '10.0.0.2'],
    ],
    [
      '2026-08-19T10:13:34Z h sudo:  mira : TTY=pts/1 ; PWD=/root ; USER=root ; COMMAND=/sbin/ip addr show',
      ['other', '', ''],
    ],
    [
      '2026-11-04 11:52:11  Information Microsoft-Windows-Windows Defender           1000   Microsoft Defender Antivirus scan has started.',
      ['job-started', '', ''],
    ],
    [
      'Warning\t11/4/2026 11:55:45 AM\tMicrosoft-Windows-Tcpip\t4227\tNone\tTCP/IP failed to establish an outgoing connection',
      ['ports-exhausted', '', ''],
    ],
    [
      '{"level":"info","ts":1791295502.058188,"msg":"handled request","request":{"remote_ip":"100.74.31.2","remote_port":"51234","method":"POST","host":"pay.example:7443","uri":"/vpos"},"duration":0.347393,"status":200}',
      ['request-succeeded', '100.74.31.2', ''],
    ],
  ])('%s', (line, expected) => expect(said(line)).toEqual(expected))
})
