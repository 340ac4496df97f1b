import type { ParsedFields } from '../../schemas/event.js'
import { gated } from './gate.js'

/**
 * Counters of an interface or a switch port that whoever watches it writes as pairs into a line, under the names that drivers, kernels and switches
 * give them: `port 2 rx_crc_errors=397 late_collisions=56`, `{"if":"eth0","rx_errors":12,"rx_dropped":0}`.
 * Source: ethtool(8) -S, ip-link(8) -s, Linux Documentation/networking/statistics.rst, IF-MIB (ifInErrors, ifInDiscards), EtherLike-MIB (FCS, late collisions).
 */
const BROKEN =
  '(?:rx|tx|in|out|if_?in|if_?out)[_.-]?(?:[a-z]{1,12}[_.-]){0,2}(?:err(?:s|ors?)?|drops?|dropped|discards?|crc|overruns?|fifo)|(?:[a-z]{2,12}[_.-]){0,2}(?:(?:crc|fcs)(?:[_.-]?err(?:s|ors?)?)?|(?:align(?:ment)?|frame|symbol|carrier)[_.-]?err(?:s|ors?)?|late[_.-]?coll(?:ision)?s?)|collisions'
const FIRST = gated(new RegExp(`(?<![\\w.-])(?:${BROKEN})["']?\\s?[=:]\\s?["']?\\d{1,15}(?![\\w.])`, 'i'))
const PAIR = new RegExp(
  `(?<![\\w.-])(${BROKEN}|(?:rx|tx)[_.-]?(?:bytes|packets|pkts))["']?\\s?[=:]\\s?["']?(\\d{1,15})(?![\\w.])`,
  'gi',
)
const SUBJECT =
  /\b(?:if(?:name|index|descr)?|iface|interface|port|device|dev|nic)["']?(?:\s?[=:]\s?|\s)["']?(?<name>[a-z0-9][\w/.-]{0,24})/i
const MOST_COUNTERS = 32

/** Adds the counters to what a format saw nothing in. @returns the same fields */
export function addPortCounters(fields: ParsedFields, text: string): ParsedFields {
  const isFree = fields['event.action'] === undefined || fields['event.action'] === 'other'
  if (!isFree || fields['whytimeout.counters'] !== undefined || !FIRST.test(text)) return fields
  const subject = SUBJECT.exec(text)?.groups?.name
  const counters: Record<string, number> = {}
  for (const [, name = '', value] of [...text.matchAll(PAIR)].slice(0, MOST_COUNTERS))
    counters[`${subject === undefined ? '' : `${subject}.`}${name.toLowerCase()}`] = Number(value)
  fields['event.kind'] = 'metric'
  fields['event.action'] = 'counter-snapshot'
  fields['whytimeout.counters'] = counters
  return fields
}
