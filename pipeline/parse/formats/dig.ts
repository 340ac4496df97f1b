import type { ParsedFields } from '../../../schemas/event.js'
import { address } from '../flow.js'
import { acceptAll, defineFormat, type ParsedEvent } from '../format.js'
import { findTime, readTime, type WallTime } from '../time.js'

/**
 * Questions to name servers that somebody asks to see whether they answer: dig's and delv's output, one question or a watch's many, each behind a
 * line with its time or with dig's own `WHEN`. What is not answered here is nobody's sale: it tells of the name server.
 * Source: dig(1); BIND bin/dig/dighost.c (send_udp, connect_timeout, recv_done), bin/dig/dig.c (received).
 */
const HEAD = /^(?:;; ->>HEADER<<- opcode: QUERY|; <<>> (?:DiG|delv) \d)/m
const NOBODY =
  /^;; (?:communications error to \S{2,60}: (?:timed out|end of file)|connection timed out; no servers could be reached|no servers could be reached|no response from \S{2,60})/m
const WHEN = /^;; WHEN: (?<when>[^\n]{8,60})$/m
const STATUS = /^;; ->>HEADER<<- opcode: QUERY, status: (?<status>[A-Z]{2,12})/m
const SERVER =
  /^;; SERVER: (?<server>[\d.a-fA-F:]{2,45})#\d{1,5}|^;; communications error to (?<dead>[\d.a-fA-F:]{2,45})#\d{1,5}|(?:^|\s)@(?<asked>[\d.a-fA-F:]{7,45})(?=\s|$)/m
const QUESTION = /^;(?<name>[A-Za-z0-9_.-]{1,253})\.\s{1,16}(?:IN|CH)\s{1,16}(?<type>[A-Z0-9]{1,10})$/m
const ANSWER =
  /^(?<name>[A-Za-z0-9_.-]{1,253})\.\s{1,16}\d{1,10}\s{1,16}IN\s{1,16}(?<type>A|AAAA|CNAME)\s{1,16}(?<value>\S{1,253})$/gm
const COMMAND = /^; <<>> (?:DiG|delv) \S{1,60} <<>> (?<words>[^\n]{1,300})$/m
const TOOK = /^;; Query time: (?<ms>\d{1,9}) msec$/m
const BEGINS = /^(?=; <<>> (?:DiG|delv) \d)/m
const MOST = 50

export const dig = defineFormat({
  id: 'dig',
  title: 'dig',
  source: 'dig(1); BIND bin/dig/dighost.c',
  detect: (text) => (text.includes(';; ') && (HEAD.test(text) || NOBODY.test(text)) ? 1 : 0),
  parse: (text, header) => {
    const stamped = findTime(text.slice(0, 200).split('\n', 1)[0] ?? '', 120)?.time ?? header.time
    const runs = stamped ? [text] : text.split(BEGINS, MOST).filter((run) => HEAD.test(run) || NOBODY.test(run))
    return acceptAll(runs.flatMap((run) => eventOf(run, stamped)))
  },
})

function eventOf(run: string, stamped: WallTime | undefined): ParsedEvent[] {
  const when = WHEN.exec(run)?.groups?.when
  const time = stamped ?? (when === undefined ? undefined : timeOf(when))
  const isAnswered = STATUS.test(run)
  if (!isAnswered && !NOBODY.test(run)) return []
  const { server, dead, asked } = SERVER.exec(run)?.groups ?? {}
  const who = dead ?? server ?? asked
  const answers = [...run.matchAll(ANSWER)].slice(0, MOST)
  const name = QUESTION.exec(run)?.groups?.name ?? answers[0]?.groups?.name ?? nameIn(COMMAND.exec(run)?.groups?.words)
  const ips = answers.flatMap((m) => (m.groups?.type === 'CNAME' ? [] : (address(m.groups?.value) ?? [])))
  const status = STATUS.exec(run)?.groups?.status
  const ms = TOOK.exec(run)?.groups?.ms
  const isGood = status === 'NOERROR' || status === 'NXDOMAIN'
  const fields: ParsedFields = {
    'event.category': ['network'],
    'event.type': ['protocol'],
    'network.protocol': 'dns',
    'process.name': 'dig',
    'event.action': isAnswered ? 'dns-answer' : 'dns-forwarded',
    'event.outcome': isAnswered && isGood ? 'success' : 'failure',
    ...(who !== undefined && { 'destination.ip': who, 'whytimeout.nameserver_ip': who }),
    ...(name !== undefined && { 'dns.question.name': name.toLowerCase() }),
    ...(status !== undefined && { 'dns.response_code': status }),
    ...(ips.length > 0 && { 'dns.resolved_ip': ips }),
    ...(ms !== undefined && { 'event.duration': Number(ms) * 1e6 }),
    message: `${name ?? 'a name'} asked of ${who ?? 'the name server'}: ${isAnswered ? `${status}${ips.map((ip) => ` ${ip}`).join('')}` : 'no answer'}`,
  }
  return [{ ...(time && { time }), fields }]
}

/** `Tue Dec 01 21:27:25 UTC 2026`, with the zone between clock and year. */
function timeOf(when: string): WallTime | undefined {
  const m = /^\w{3} (\w{3} {1,2}\d{1,2} \d\d:\d\d:\d\d) (?:[A-Z]{2,5} )?(\d{4})$/.exec(when)
  return m ? readTime(`${m[1]} ${m[2]}`)?.time : readTime(when)?.time
}

const nameIn = (words: string | undefined): string | undefined =>
  words
    ?.split(' ')
    .find((w) => /^[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){1,10}\.?$/.test(w))
    ?.replace(/\.$/, '')
