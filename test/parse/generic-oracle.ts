/**
 * What a line says of time, addresses and ports, read in the plainest way: an independent check of the generic readers, with nothing of theirs in it.
 * It knows no format and no order of words.
 */
export type Said = {
  /** Epoch ms, or the text of what is only a time of day; undefined where the line has no time. */
  readonly at: number | undefined
  /** Further times near the head: a line within a line has two. */
  readonly also: readonly number[]
  /** Only the time of day is stated: `at` is in the day. */
  readonly isBare: boolean
  readonly addresses: readonly string[]
  /** Ports right behind an address, of the first two ends. */
  readonly ports: readonly number[]
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const DAY_MS = 86_400_000
const n = (digits: string | undefined): number => Number(digits ?? Number.NaN)

/** @param now  missing years are the latest not after a day past it */
export function oracle(line: string, now: number): Said {
  const text = line.slice(0, 2_000)
  return { ...timeOf(text, now), ...endsOf(text) }
}

function timeOf(text: string, now: number): Pick<Said, 'at' | 'also' | 'isBare'> {
  const head = text.slice(0, 200)
  const found: { index: number; at: number }[] = []
  const put = (index: number, at: number) => {
    if (Number.isFinite(at)) found.push({ index, at })
  }
  const zone = (z: string | undefined): number => {
    if (z === undefined || /^(?:Z|UTC|GMT)$/.test(z)) return 0
    const [, sign, h, m] = /([+-])(\d\d):?(\d\d)/.exec(z) ?? []
    return (sign === '-' ? -1 : 1) * (Number(h) * 60 + Number(m)) * 60_000
  }
  const ms = (f: string | undefined): number => Math.floor(Number(`0.${f ?? 0}`) * 1000)
  const clock = '(\\d{1,2}):(\\d\\d):(\\d\\d)(?:[.,](\\d{1,9}))?'
  const offset = '(?: ?(Z|UTC|GMT|[+-]\\d\\d:?\\d\\d)(?![\\d:]))?'
  for (const m of head.matchAll(
    new RegExp(`(?<![\\d.])(20\\d\\d)[-/.](\\d\\d)[-/.](\\d\\d)[T _]${clock}${offset}`, 'g'),
  ))
    put(m.index, Date.UTC(n(m[1]), n(m[2]) - 1, n(m[3]), n(m[4]), n(m[5]), n(m[6])) + ms(m[7]) - zone(m[8]))
  for (const m of head.matchAll(new RegExp(`(\\d{1,2})[/ -]([A-Z][a-z]{2})[/ -](20\\d\\d)[: ]${clock}${offset}`, 'g')))
    put(
      m.index,
      Date.UTC(n(m[3]), MONTHS.indexOf((m[2] ?? '').toLowerCase()), n(m[1]), n(m[4]), n(m[5]), n(m[6])) +
        ms(m[7]) -
        zone(m[8]),
    )
  for (const m of head.matchAll(
    new RegExp(
      `(?<![A-Za-z])(?:(20\\d\\d) )?([A-Z][a-z]{2}) {1,2}(\\d{1,2}),?(?: (20\\d\\d),?)? ${clock}(?: (?:[A-Z]{3,4} )?(20\\d\\d)(?![\\d.:]))?`,
      'g',
    ),
  )) {
    const month = MONTHS.indexOf((m[2] ?? '').toLowerCase())
    if (month < 0) continue
    const year = m[1] ?? m[4] ?? m[9]
    const at = (y: number) => Date.UTC(y, month, n(m[3]), n(m[5]), n(m[6]), n(m[7])) + ms(m[8])
    let y = new Date(now + DAY_MS).getUTCFullYear()
    const isReal = (y: number) => new Date(at(y)).getUTCMonth() === month
    while (year === undefined && (at(y) > now + DAY_MS || !isReal(y))) y--
    put(m.index, at(year === undefined ? y : Number(year)))
  }
  for (const m of head.matchAll(/(?<![\w.-])(1[0-7]\d{8})(?:\.(\d{1,9})|(\d{3})|(\d{6})|(\d{9}))?(?![\d.])/g))
    put(
      m.index,
      Number(m[1]) * 1000 + (m[2] !== undefined ? ms(m[2]) : Number((m[3] ?? m[4] ?? m[5] ?? '000').slice(0, 3))),
    )
  found.sort((a, b) => a.index - b.index)
  const [first, second] = found
  if (first) return { at: first.at, also: second ? [second.at] : [], isBare: false }
  const bare = new RegExp(`^[\\[(]?${clock}(?![:\\d])`).exec(head)
  if (bare)
    return { at: ((n(bare[1]) * 60 + n(bare[2])) * 60 + n(bare[3])) * 1000 + ms(bare[4]), also: [], isBare: true }
  return { at: undefined, also: [], isBare: false }
}

const FOUR =
  /(?<![\d.]|[\w-]\.|\/)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?![\w-]|\.\d{1,3}\.)(?:(?:[:#(]|\/(?!\d{1,2}(?!\d))|,? port[= ]|\.)(\d{1,5})(?![\d.:]))?/g
const SIX =
  /(?<![\w:.])\[?((?:[0-9a-f]{1,4}:){2,7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}:){0,5}[0-9a-f]{1,4})(?![\w:])\]?/gi

function endsOf(text: string): Pick<Said, 'addresses' | 'ports'> {
  const ends: { ip: string; port: number | undefined }[] = []
  for (const m of text.matchAll(FOUR)) {
    const bytes = (m[1] ?? '').split('.').map(Number)
    // Not an address: out of range, "any", and the version numbers that look like one.
    if (
      bytes.some((b) => b > 255) ||
      bytes[0] === 0 ||
      /v(?:ersion)?[ =:/]{0,2}$/i.test(text.slice(0, m.index).slice(-9))
    )
      continue
    ends.push({ ip: m[1] ?? '', port: n(m[2]) > 0 && n(m[2]) <= 65_535 ? n(m[2]) : undefined })
  }
  for (const m of text.matchAll(SIX))
    if ((m[1] ?? '').split(':').length > 7 || (m[1] ?? '').includes('::'))
      ends.push({ ip: (m[1] ?? '').toLowerCase(), port: undefined })
  const named = ends.filter((e) => e.port !== undefined)
  const two = named.filter((e, i) => named.findIndex((o) => o.ip === e.ip && o.port === e.port) === i).slice(0, 2)
  return { addresses: [...new Set(ends.map((e) => e.ip))], ports: [...new Set(two.flatMap((e) => e.port ?? []))] }
}
