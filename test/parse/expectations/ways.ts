import { isIP } from 'node:net'
import type { LogEvent } from '../../../schemas/event.js'

/** How a value of theirs is compared with one of ours. */
export type Way = {
  /** For the table: what is done to theirs. */
  readonly says: string
  /** Undefined where theirs says nothing. */
  readonly agrees: (theirs: string, ours: Value) => boolean | undefined
}
export type Value = Exclude<LogEvent[keyof LogEvent], undefined>

const to = (says: string, convert: (theirs: string) => string | undefined): Way => ({
  says,
  agrees: (theirs, ours) => {
    const value = convert(theirs)
    return value === undefined ? undefined : value === String(ours)
  },
})
const numberOf = (theirs: string, factor: number): string | undefined =>
  Number(theirs) < 0 ? undefined : String(Math.round(Number(theirs) * factor))

export const same = to('', (theirs) => theirs)
export const unquoted = to('without its quotes', (theirs) => theirs.replace(/^"(.*)"$/, '$1'))
export const number = to('as a number', (theirs) => numberOf(theirs, 1))
export const secondsToMs = to('s to ms', (theirs) => numberOf(theirs, 1000))
export const secondsToNs = to('s to ns', (theirs) => numberOf(theirs, 1e9))
export const nsToMs = to('ns to ms', (theirs) => numberOf(theirs, 1e-6))
export const msToNs = to('ms to ns', (theirs) => numberOf(theirs, 1e6))
export const lower = to('in small letters', (theirs) => theirs.toLowerCase())
export const protocol = to('number to name', (theirs) => ({ '1': 'icmp', '6': 'tcp', '17': 'udp' })[theirs])
export const words = (table: Readonly<Record<string, string>>): Way => ({
  says: Object.entries(table)
    .map(([theirs, ours]) => `${theirs}: ${ours}`)
    .join(', '),
  agrees: (theirs, ours) => (theirs in table ? (table[theirs] ?? '').split('|').includes(String(ours)) : undefined),
})
export const level = words({
  '3': 'error|err',
  '4': 'warning',
  '5': 'notice',
  '6': 'info',
  '7': 'debug',
})
export const address: Way = {
  says: 'an address',
  agrees: (theirs, ours) => (isIP(theirs) === 0 ? undefined : theirs === String(ours)),
}
/** Destination and source addresses stand before the type of the frame. */
export const senderOfFrame = to('the sender of the frame header', (theirs) => theirs.split(':').slice(6, 12).join(':'))
const FLAGS: Readonly<Record<string, string>> = { S: 'SYN', '.': 'ACK', A: 'ACK', F: 'FIN', P: 'PSH', R: 'RST' }
export const flags = to('letters to names', (theirs) =>
  /^[A-Z]{3}$/.test(theirs) ? theirs : [...theirs].map((letter) => FLAGS[letter] ?? letter).join(','),
)
export const sorted: Way = {
  says: 'in any order',
  agrees: (theirs, ours) => theirs === [ours].flat().map(String).sort().join(' '),
}
export const middle: Way = { says: 'one part of it', agrees: (theirs, ours) => String(ours).split(':')[1] === theirs }

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'
const ZONES: Readonly<Record<string, number>> = { Z: 0, UTC: 0, EST: -300 }
type Said = { year?: number; month?: number; day?: number; clock: string; zone?: number }

export const epoch: Way = {
  says: 'epoch seconds',
  agrees: (theirs, ours) => Math.floor(Number(theirs) * 1000) === Date.parse(String(ours)),
}

/** Most of the lines do not say their year, and theirs is that of the day when the expectation was recorded. */
export const timeOfSomeYear: Way = {
  says: 'a time of any year',
  agrees: (theirs, ours) =>
    time.agrees(new Date(Number(theirs) * 1000).toUTCString().replace(/^\w+, (\d+ \w+) \d+ ([\d:]+).*/, '$1 $2'), ours),
}

/** Compared as far as theirs goes: without the year where it has none, to the second where it stops there. */
export const time: Way = {
  says: 'a time, as exact as theirs is',
  agrees: (theirs, ours) => {
    const said = timeIn(theirs)
    if (said === undefined) return undefined
    const at = new Date(Date.parse(String(ours)) + (said.zone ?? 0) * 60_000)
    return (
      (said.year === undefined || said.year === at.getUTCFullYear()) &&
      (said.month === undefined || said.month === at.getUTCMonth() + 1) &&
      (said.day === undefined || said.day === at.getUTCDate()) &&
      at.toISOString().slice(11).startsWith(said.clock)
    )
  },
}

function timeIn(text: string): Said | undefined {
  if (/^\d{10}$/.test(text)) return timeIn(new Date(Number(text) * 1000).toISOString().slice(0, 19) + 'Z')
  const dated = text.replace(/^[A-Z][a-z]{2} ([A-Z][a-z]{2} +\d+) ([\d:.]+) (\d{4})$/, '$1 $3 $2')
  const clock = /(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))? ?(Z|UTC|EST|[+-]\d\d:?\d\d)?$/.exec(dated)
  if (!clock) return undefined
  // Ours are milliseconds; a shorter fraction of theirs has lost its zeros.
  const fraction = clock[2] === undefined ? '' : `.${clock[2].padEnd(3, '0').slice(0, 3)}`
  return { ...dayIn(dated.slice(0, clock.index)), clock: `${clock[1]}${fraction}`, ...zoneIn(clock[3]) }
}

function zoneIn(zone: string | undefined): { zone?: number } {
  if (zone === undefined) return {}
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? []
  if (sign === undefined) return { zone: ZONES[zone] ?? 0 }
  return { zone: (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) }
}

function dayIn(text: string): Omit<Said, 'clock' | 'zone'> {
  const iso = /^(\d{4})-(\d\d)-(\d\d)/.exec(text)
  if (iso) return { year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) }
  const us = /^(\d\d)\/(\d\d)\/(\d{4})/.exec(text)
  if (us) return { year: Number(us[3]), month: Number(us[1]), day: Number(us[2]) }
  const short = /^(\d\d)-(\d\d)-(\d\d) /.exec(text)
  if (short) return { year: 2000 + Number(short[1]), month: Number(short[2]), day: Number(short[3]) }
  const [month] = /[A-Z][a-z]{2}/.exec(text) ?? []
  const day = /(?<!\d)\d{1,2}(?!\d)/.exec(text)?.[0]
  const year = /\d{4}/.exec(text)?.[0]
  if (month === undefined || day === undefined) return {}
  return {
    month: MONTHS.indexOf(month) / 3 + 1,
    day: Number(day),
    ...(year !== undefined && { year: Number(year) }),
  }
}
