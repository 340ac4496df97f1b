import type { TrafficRecord } from '../../test/stream/traffic.js'
import { type Corpus, randomOf } from './corpus.js'

/**
 * A made-up fleet on a normal day: terminals behind site routers, gateways, one acquirer. Logs arrive as collectors send them: one log a
 * gateway, one of all terminals and one of all routers of a region, the acquirer's. Layouts are those of the programs named; shares of lines
 * are what `SHARES` and the rates below make them, and the bench prints what it finds.
 */
export type FleetOptions = {
  readonly terminals: number
  /** Where it ends: after so many bytes, or so much event time. */
  readonly bytes?: number
  readonly durationMs?: number
  /** Share of sales whose answer never comes. */
  readonly timeouts: number
  readonly seed: number
  /** Event time from the begin, ms, in which every sale's answer never comes. */
  readonly outage?: readonly [number, number]
  /** Without what is no part of a sale. */
  readonly salesOnly?: boolean
}

const BEGIN = Date.UTC(2026, 10, 23, 8)
/** Mean time between two sales of one terminal, and between two lines of its idle chatter. */
const SALE_EVERY_MS = 180_000
const CHATTER_EVERY_MS = 30_000
/** Of a router: cron, DHCP, hostapd, firewall's allowed packets. */
const ROUTER_EVERY_MS = 60_000
const TERMINALS_A_SITE = 4

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (n: number): string => String(n).padStart(2, '0')
const three = (n: number): string => String(n).padStart(3, '0')
const clock = (d: Date): string => `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`
const syslog = (at: number): string => {
  const d = new Date(at)
  return `${MONTHS[d.getUTCMonth()]} ${String(d.getUTCDate()).padStart(2)} ${clock(d)}`
}
const iso = (at: number): string => {
  const d = new Date(at)
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${clock(d)}`
}
const clf = (at: number): string => {
  const d = new Date(at)
  return `${two(d.getUTCDate())}/${MONTHS[d.getUTCMonth()]}/${d.getUTCFullYear()}:${clock(d)}.${three(at % 1000)}`
}

type Terminal = {
  readonly id: string
  readonly ip: string
  readonly site: number
  readonly port: () => number
}

export function fleetCorpus(options: FleetOptions): Corpus {
  const random = randomOf(options.seed)
  const between = (a: number, b: number): number => Math.floor(a + random() * (b - a))
  const terminals = Array.from(
    { length: options.terminals },
    (_, i): Terminal => ({
      id: `T${String(100_000 + i)}`,
      ip: `10.${20 + (i >> 14)}.${(i >> 6) & 255}.${10 + (i & 63)}`,
      site: Math.floor(i / TERMINALS_A_SITE),
      port: () => between(32_768, 60_999),
    }),
  )
  const sites = Math.ceil(options.terminals / TERMINALS_A_SITE)
  const records: TrafficRecord[] = []
  let bytes = 0
  const isOut = (at: number): boolean =>
    options.outage !== undefined && at >= BEGIN + options.outage[0] && at < BEGIN + options.outage[1]
  let stan = 0
  const put = (host: string, log: string, at: number, ...lines: string[]) => {
    records.push({ host, log, lines, at: Math.floor(at) })
    for (const l of lines) bytes += l.length + 1
  }
  const app = (t: Terminal, at: number, level: string, logger: string, text: string) => {
    const ms = Math.floor(at)
    put(
      'collector',
      'terminals.log',
      ms,
      `${iso(ms)}.${three(ms % 1000)} ${level.padEnd(5)} [main] com.pay.term.${logger} - tid=${t.id} ${text}`,
    )
  }
  const routers = (t: number, at: number, text: string) =>
    put('collector', 'routers.log', at, `${syslog(Math.floor(at))} rt-${three(t)} ${text}`)

  const sale = (t: Terminal, at: number) => {
    stan = (stan % 999_999) + 1
    const [n, port, took] = [String(stan).padStart(6, '0'), t.port(), between(90, 600)]
    const fails = random() < options.timeouts || isOut(at)
    const answered = at + (fails ? 8_000 : took)
    app(t, at - 4_000, 'INFO', 'Ui', `screen=AMOUNT keys=${between(3, 6)}`)
    app(t, at - 1_200, 'DEBUG', 'Reader', `contactless field on, polling type A/B`)
    app(t, at - 600, 'INFO', 'Reader', `application selected aid=A0000000031010 kernel=3`)
    app(t, at, 'INFO', 'Link', `sale begins stan=${n} amount=${between(1, 400)}.${two(between(0, 99))} request sent`)
    routers(t.site, at, `dnsmasq[611]: query[A] gw.pay.example from ${t.ip}`)
    routers(t.site, at, `dnsmasq[611]: cached gw.pay.example is 203.0.113.80`)
    const wan = `198.51.${(t.site >> 8) & 255}.${t.site & 255}`
    const timers = fails ? `0/0/2/-1/8002 504` : `0/0/2/${took - 12}/${took} 200`
    put(
      'gw1',
      'haproxy.log',
      answered,
      `${syslog(answered)} gw1 haproxy[871]: ${wan}:${port} [${clf(Math.floor(at))}] pay~ core/core1 ${timers} ${fails ? 195 : 214} - - ${fails ? 'sH--' : '----'} ${between(20, 90)}/${between(10, 60)}/2/1/0 0/0 {${t.id}} "POST /v2/sale HTTP/1.1"`,
    )
    if (fails) app(t, answered + 5, 'ERROR', 'Link', `sale failed stan=${n} Read timed out after 8000 ms`)
    else {
      app(t, answered + 5, 'INFO', 'Link', `response rc=00 stan=${n} elapsed=${took}ms`)
      put(
        'acq1',
        'q2.log',
        answered - 6,
        `<log realm="acq.server.session/10.20.0.10:${port}" at="${new Date(answered - 6).toISOString().slice(0, -1)}" lifespan="${took - 20}ms">`,
        '  <receive>',
        '    <isomsg direction="incoming">',
        '      <field id="0" value="0200"/>',
        `      <field id="11" value="${n}"/>`,
        `      <field id="41" value="${t.id}"/>`,
        '    </isomsg>',
        '  </receive>',
        '</log>',
      )
    }
    app(t, answered + 900, 'INFO', 'Printer', `receipt printed lines=${between(18, 30)} paper=ok`)
    app(t, answered + 1_800, 'INFO', 'Ui', `screen=IDLE`)
  }

  const chatter: readonly ((t: Terminal, at: number) => void)[] = [
    (t, at) =>
      app(t, at, 'DEBUG', 'Battery', `level=${between(40, 100)} charging=${random() < 0.5} temp=${between(22, 35)}`),
    (t, at) => app(t, at, 'DEBUG', 'Ui', `idle loop tick heap=${between(20, 60)}MB gc=${between(1, 900)}`),
    (t, at) => app(t, at, 'INFO', 'Radio', `registered operator=46000 rat=LTE cell=${between(10_000, 99_999)} level=4`),
    (t, at) => app(t, at, 'TRACE', 'Scheduler', `next job=settlement in ${between(60, 900)} s`),
    (t, at) => app(t, at, 'INFO', 'Link', `host check ok http=200 elapsed=${between(30, 120)}ms`),
  ]
  const household: readonly ((site: number, at: number) => void)[] = [
    (s, at) =>
      routers(s, at, `crond[402]: USER root pid ${between(900, 30_000)} cmd /usr/sbin/logrotate /etc/logrotate.conf`),
    (s, at) =>
      routers(s, at, `hostapd: wlan0: STA 02:aa:12:00:${two(s % 90)}:21 WPA: group key handshake completed (RSN)`),
    (s, at) => routers(s, at, `dropbear[2201]: Child connection from 10.9.0.4:${between(40_000, 60_000)}`),
    (s, at) => routers(s, at, `ntpd[511]: adjusting local clock by 0.00${between(1000, 9999)}s`),
    (s, at) =>
      routers(
        s,
        at,
        `kernel: [${between(1_000, 900_000)}.${between(100_000, 999_999)}] ACCEPT IN=br0 OUT=pppoe0 MAC=02:aa:12:00:00:01:02:aa:12:00:00:23:08:00 SRC=10.20.0.11 DST=203.0.113.80 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=${between(1, 65_000)} DF PROTO=TCP SPT=${between(32_768, 60_999)} DPT=9443 WINDOW=64240 RES=0x00 SYN URGP=0`,
      ),
  ]
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T

  // By the second: so many of each as their rates make of it.
  const isEnd = (at: number): boolean =>
    bytes >= (options.bytes ?? Number.POSITIVE_INFINITY) ||
    at >= BEGIN + (options.durationMs ?? Number.POSITIVE_INFINITY)
  for (let at = BEGIN; !isEnd(at); at += 1_000) {
    const times = (count: number, everyMs: number, what: (at: number) => void) => {
      for (let n = (count * 1_000) / everyMs; n > 0; n--) if (n >= 1 || random() < n) what(at + between(0, 1_000))
    }
    times(terminals.length, SALE_EVERY_MS, (when) => sale(pick(terminals), when))
    if (options.salesOnly) continue
    times(terminals.length, CHATTER_EVERY_MS, (when) => pick(chatter)(pick(terminals), when))
    times(sites, ROUTER_EVERY_MS, (when) => pick(household)(between(0, sites), when))
  }
  const order = records.map((r, i) => ({ r, i })).sort((a, b) => a.r.at - b.r.at || a.i - b.i)
  return {
    name: 'fleet',
    about: `${options.terminals} made-up terminals on a normal day, ${options.timeouts * 100} % of sales time out`,
    records: order.map(({ r }) => r),
    inventoryText: [
      'terminal_id,ip,mac,site,isp,model,merchant,gateway',
      ...terminals.map((t) => `${t.id},${t.ip},,S${three(t.site)},ISP-${t.site % 3},P-100,M${t.site},gw1`),
      '',
    ].join('\n'),
    originsText: [
      'collector/terminals.log: { role: terminal, zone: UTC }',
      'rt-*/routers.log: { role: router, zone: UTC }',
      'gw1/haproxy.log: { role: gateway, zone: UTC }',
      'acq1/q2.log: { role: server, zone: UTC }',
      '',
    ].join('\n'),
    spreadMs: 120_000,
  }
}
