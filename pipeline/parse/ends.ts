import { isIP } from 'node:net'

/** One end of a connection as text names it. */
export type End = { readonly ip: string; readonly port?: number }
/** Both ends that a text of any make names, as far as its words or its order tell which is which. */
export type Ends = {
  readonly source?: End
  readonly destination?: End
  /** Ends whose side nothing tells, in their order. */
  readonly others: readonly End[]
  /** Every address of the text, each once. */
  readonly addresses: readonly string[]
}

type Role = 'source' | 'perhaps-source' | 'destination' | 'perhaps-destination' | undefined
type Found = { readonly end: End; readonly from: number; readonly to: number; readonly role: Role }

const NOTHING: Ends = { others: [], addresses: [] }
const MOST_ENDS = 12
/** How far a word may stand before the address that it speaks of, its own length in it. */
const CUE_REACH = 48
/** And the words that say what came from there. */
const PHRASE = 96

const FOUR = String.raw`(?<![\w.]|\d[-/])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d{1,5}\.|\.[A-Za-z])`
const SIX = String.raw`(?<![\w:.])(?:[0-9A-Fa-f]{1,4}|:)(?::(?:[0-9A-Fa-f]{1,4}(?!\.\d{1,3}\.\d{1,3}\.))?){1,7}(?:(?<=:)(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])`
const ADDRESS = new RegExp(`${FOUR}|${SIX}`, 'g')
const MAY_HOLD = /\d\.\d{1,3}\.\d{1,3}\.\d|::|(?:[0-9A-Fa-f]{1,4}:){5}/

/** A port behind an address: `:80`, `#80`, `(80)`, `[80]`, `/80`, tcpdump's `.80`, sshd's ` port 80`, Python's `('192.0.2.1', 80)`. */
const PORT =
  /[\])]?(?:[:：#](\d{1,5})(?![\d:.]\d|\w)|\.(\d{1,5})(?![\d.]\d|\w)|\/(\d{1,5})(?!\w|\.\d)| : (\d{1,5})(?=\))|[([](\d{1,5})[)\]]|["']?[,;]?[ \t]{0,2}(?:and |on )?\(?(?:port|端口)[ \t]{0,2}[=:：]?[ \t]{0,2}["']?(\d{1,5})(?!\w)|["']?, ?(\d{2,5})(?:\)|(?=$|[ "']| ?->)))/iy
const LONGEST_MASK = 32

const BEFORE = String.raw`["']?[ \t]{0,3}(?:is[ \t])?[=:：]?[ \t]{0,3}(?:host |address |addr |ip |@\S{1,24} )?["'\[(<{/]{0,2}(?:[A-Za-z_][\w.-]{0,32}[:/])?$`
/** A name of a field with such a word in it: `clientIP=`, `upstream_addr: `, `"source.address":`. */
const named = (words: string): string =>
  String.raw`(?:${words})[\w.-]{0,16}["']?[ \t]{0,2}[=:：][ \t]{0,2}["'\[(]{0,2}$`
const WHO_ASKS = new RegExp(
  `(?:(?<![A-Za-z])(?:src|source|saddr|sip|client|peer|rhost|caller|sender|initiator|originator|local|laddr|orig_h|c-ip|remote[_. -]?(?:ip|addr|address|host))|客户端|源地址|源IP|来源)${BEFORE}|${named('src|source|client|orig|sender|initiator')}|'@'?$`,
  'i',
)
const WHO_ANSWERS = new RegExp(
  `(?:(?<![A-Za-z])(?:to|into|towards?|dst|dest|destination|daddr|dip|server|upstream|backend|target|remote|raddr|resp_h|s-ip)|目的地址|目的IP|目标|服务器|连接)${BEFORE}|${named('dst|dest|server|upstream|backend|target|responder|gateway')}`,
  'i',
)
/** Who came from there, or whom an answer was awaited from: the words before tell, or another end that is the other side. */
const FROM = new RegExp(`(?:(?<![A-Za-z])(?:from|by|via)|来自)${BEFORE}`, 'i')
const CAME =
  /(?:accept|incoming|inbound|connect(?!ion (?:timed|reset|refused))|login|logged|log ?on|password|publickey|user|request|query|session|auth|attempt|denied|probe|packet|new|regist|client|drop|block|接入|收到连接|新连接|登录)/i
const AWAITED =
  /tim(?:ed?|ing)[ -]?out|timeout|\bno\b|\bnot\b|\bread|respon|repl(?:y|ies)|answer|refused|reset|disconnect|wait|fetch|download|超时|应答|响应|返回/i
/** Said of the other end, and of other things too: it counts where nothing clearer is said. */
const MAY_ANSWER = new RegExp(`(?<![A-Za-z])(?:on|at|host|hostname|for)${BEFORE}`, 'i')
const SOURCE_PORT =
  /(?<![A-Za-z])(?:spt|sport|s_port|src[_. -]?port|source[_. -]?port|client[_. -]?port|orig_p|lport|local[_. -]?port)["']?[ \t]{0,2}[=:][ \t]{0,2}["']?(\d{1,5})(?!\w)/i
const DESTINATION_PORT =
  /(?<![A-Za-z])(?:dpt|dport|d_port|dst[_. -]?port|dest[_. -]?port|destination[_. -]?port|server[_. -]?port|resp_p|rport|remote[_. -]?port)["']?[ \t]{0,2}[=:][ \t]{0,2}["']?(\d{1,5})(?!\w)/i
/** Between two ends, the first having asked the second. */
const ARROW = /^[\])"']{0,2}[ \t]{0,3}(?:-{1,2}>|=>|>|→|⇒|to )[ \t]{0,3}["'([]{0,2}(?:[A-Za-z_][\w.-]{0,32}[:/])?$/
const BACK_ARROW = /^[ \t]{0,3}(?:<-{1,2}|<=|←)[ \t]{0,3}$/
const COLUMN = /^["']?([ \t,;|]{1,4})["']?$/
const NUMBER = /["']?[ \t,;|]{1,4}["']?(\d{1,5})(?![\w.:])/y

/**
 * Reads who speaks to whom. Sides are told by the words before an address (`from`, `dst=`, `client:`), by arrows, by the usual order of
 * columns (both addresses, then both ports, or each with its own), and where the text begins with the address of who asks.
 * @param text  one line; its first 2000 characters are read
 */
export function readEnds(text: string): Ends {
  if (!MAY_HOLD.test(text)) return NOTHING
  const line = text.length > 2_000 ? text.slice(0, 2_000) : text
  const found = endsIn(line)
  if (found.length === 0) return NOTHING
  const addresses = [...new Set(found.map((f) => f.end.ip))]
  const sides = inColumns(line, found) ?? byArrow(line, found) ?? byWords(found)
  const { source, destination } = withNamedPorts(line, sides)
  const taken = new Set([source, destination].map((e) => e && key(e)))
  const others = unique(found.map((f) => f.end)).filter(
    (e) => !taken.has(key(e)) && !isPartOf(e, [source, destination]),
  )
  return { ...(source && { source }), ...(destination && { destination }), others, addresses }
}

const key = (end: End): string => `${end.ip} ${end.port ?? ''}`
const unique = (ends: readonly End[]): End[] => [...new Map(ends.map((e) => [key(e), e])).values()]
/** The same address, said without its port. */
const isPartOf = (end: End, sides: readonly (End | undefined)[]): boolean =>
  end.port === undefined && sides.some((s) => s?.ip === end.ip)

function endsIn(line: string): Found[] {
  const found: Found[] = []
  for (const m of line.matchAll(ADDRESS)) {
    const ip = addressOf(m[0])
    if (ip === undefined) continue
    const from = m.index
    const before = line.slice(Math.max(0, from - CUE_REACH), from)
    let to = from + m[0].length
    const port = portAt(line, to, m[0].includes('.'))
    // A version of four numbers: `Chrome/49.0.26.23`, `v1.2.3.4`.
    if (port === undefined && /[A-Za-z]\/$|\b(?:version|release|build|firmware)["']?[ =:/]{1,3}$/i.test(before))
      continue
    if (port) to = port.to
    const end = port ? { ip, port: port.number } : { ip }
    const role = isCalledPeer(line, before, end.port)
      ? 'destination'
      : roleOf(before, line.slice(Math.max(0, from - PHRASE), from), end.port ?? 0)
    found.push({ end, from, to, role })
    if (found.length === MOST_ENDS) break
  }
  return found.length === 2 && wasAccepted(line) ? found.map((f) => ({ ...f, role: OTHER_SIDE[f.role ?? ''] })) : found
}

const PEER = /(?<![A-Za-z])peer["']?[=: ]{1,2}["']?$/i
/** What only a caller does, of sockets: `gen_tcp:connect failed`, `connect() to`, `dial tcp`. */
const DIALS = /\b(?:connect|dial)(?:\(\)|ing)? ?(?:failed|error|to\b|tcp\b|timed out)|\bstage=connect\b/i
/** A program that names its own port beside speaks of whom it called as its peer: `peer=192.0.2.9:9301 src_port=48134`. */
export function isCalledPeer(line: string, before: string, port: number | undefined): boolean {
  if (port === undefined || port >= FIRST_EPHEMERAL || !PEER.test(before)) return false
  if (DIALS.test(line)) return true
  const own = Number(SOURCE_PORT.exec(line)?.[1] ?? 0)
  return own >= FIRST_EPHEMERAL
}

/** Netty's and Mina's channels: `[id: 0x…, L:/192.0.2.1:4711 - R:gw.example/192.0.2.2:443]`. */
const LOCAL = /(?:^|[\s,[(])L:(?:[\w.-]{1,100})?\/\[?$/
const REMOTE = /(?:^|[\s,[(])R:(?:[\w.-]{1,100})?\/\[?$/

/** A channel was accepted, not opened, where its own port is a service's and its peer's an ephemeral one. Source: Linux' ip_local_port_range. */
const CHANNEL = /(?:^|[\s,[(])L:\S{1,120}:(\d{1,5}) [-!] R:\S{1,120}?:(\d{1,5})(?!\d)/
/** Where systems begin to take ports for those who call (Linux ip_local_port_range); nobody listens there. */
export const FIRST_EPHEMERAL = 32_768
const OTHER_SIDE: Readonly<Record<string, Role>> = { source: 'destination', destination: 'source' }
function wasAccepted(line: string): boolean {
  const m = line.includes('L:') ? CHANNEL.exec(line) : null
  return m !== null && Number(m[1]) < FIRST_EPHEMERAL && Number(m[2]) >= FIRST_EPHEMERAL
}

function roleOf(before: string, phrase: string, port: number): Role {
  if (LOCAL.test(before)) return 'source'
  if (REMOTE.test(before)) return 'destination'
  if (WHO_ASKS.test(before)) return 'source'
  if (WHO_ANSWERS.test(before)) return 'destination'
  if (FROM.test(before))
    return (CAME.test(phrase) || port >= FIRST_EPHEMERAL) && !AWAITED.test(phrase) ? 'source' : 'perhaps-source'
  return MAY_ANSWER.test(before) ? 'perhaps-destination' : undefined
}

/** Of version 4, seen through a socket of version 6. */
const MAPPED = /^::ffff:(?=\d{1,3}\.)/i

/** Masks and addresses that stand for any are none. */
function addressOf(text: string): string | undefined {
  const kind = isIP(text)
  if (kind === 0 || text === '::') return undefined
  if (kind === 6) return text.replace(MAPPED, '').toLowerCase()
  return /^(?:0\.|255\.255\.(?!255\.255))/.test(text) ? undefined : text
}

function portAt(
  line: string,
  at: number,
  isFour: boolean,
): { readonly number: number; readonly to: number } | undefined {
  PORT.lastIndex = at
  const m = PORT.exec(line)
  if (!m) return undefined
  const [whole, colon, dot, slash, spaced, round, named, listed] = m
  // Of a bare address of version 6, a colon and digits are its own.
  if (!isFour && (dot !== undefined || (colon !== undefined && !/^[\])]|^#/.test(whole)))) return undefined
  const number = Number(colon ?? dot ?? slash ?? spaced ?? round ?? named ?? listed)
  if (number === 0 || number > 65_535 || (slash !== undefined && number <= LONGEST_MASK)) return undefined
  return { number, to: at + whole.length }
}

type Sides = { readonly source?: End | undefined; readonly destination?: End | undefined }

/** `A B 1024 443` and `A 1024 B 443`, between the same marks. */
function inColumns(line: string, found: readonly Found[]): Sides | undefined {
  for (let i = 0; i + 1 < found.length; i++) {
    const [a, b] = [found[i] as Found, found[i + 1] as Found]
    const between = line.slice(a.to, b.from)
    const isNext = a.role === undefined && b.role === undefined && COLUMN.test(between)
    if (isNext && a.end.port !== undefined && b.end.port !== undefined) return { source: a.end, destination: b.end }
    if (a.end.port !== undefined || b.end.port !== undefined) continue
    if (isNext) {
      const first = numberAt(line, b.to)
      const second = first && numberAt(line, first.to)
      if (first && second) return sidesOf(a, first.number, b, second.number)
      return { source: a.end, destination: b.end }
    }
    const own = numberAt(line, a.to)
    if (own && COLUMN.test(line.slice(own.to, b.from))) {
      const other = numberAt(line, b.to)
      if (other) return sidesOf(a, own.number, b, other.number)
    }
  }
  return undefined
}

function sidesOf(a: Found, aPort: number, b: Found, bPort: number): Sides {
  const end = (f: Found, port: number): End => (port > 0 && port <= 65_535 ? { ip: f.end.ip, port } : { ip: f.end.ip })
  return { source: end(a, aPort), destination: end(b, bPort) }
}

function numberAt(line: string, at: number): { readonly number: number; readonly to: number } | undefined {
  NUMBER.lastIndex = at
  const m = NUMBER.exec(line)
  return m ? { number: Number(m[1]), to: at + m[0].length } : undefined
}

function byArrow(line: string, found: readonly Found[]): Sides | undefined {
  for (let i = 0; i + 1 < found.length; i++) {
    const [a, b] = [found[i] as Found, found[i + 1] as Found]
    const between = line.slice(a.to, b.from)
    if (ARROW.test(between)) return { source: a.end, destination: b.end }
    if (BACK_ARROW.test(between)) return { source: b.end, destination: a.end }
  }
  return undefined
}

/** By the words before them; one that stands at the head of the line asked, if others follow. */
function byWords(found: readonly Found[]): Sides {
  const fullest = (role: Role): End | undefined => {
    const those = found.filter((f) => f.role === role).map((f) => f.end)
    return those.find((e) => e.ip === those[0]?.ip && e.port !== undefined) ?? those[0]
  }
  const destination = fullest('destination') ?? fullest('perhaps-destination')
  const source = fullest('source') ?? (destination && fullest('perhaps-source'))
  const rest = found.filter((f) => f.role === undefined && f.end.ip !== source?.ip && f.end.ip !== destination?.ip)
  const [first] = found
  if (source === undefined && first?.from === 0 && first.role === undefined) {
    const next = destination ?? found.find((f) => f.end.ip !== first.end.ip)?.end
    return { source: first.end, destination: next }
  }
  if (source !== undefined && destination === undefined) return { source, destination: rest[0]?.end }
  return { source, destination }
}

/** Ports that stand apart from their addresses, under names of their own. */
function withNamedPorts(line: string, sides: Sides): Sides {
  const complete = (end: End | undefined, names: RegExp): End | undefined => {
    if (end === undefined || end.port !== undefined) return end
    const port = Number(names.exec(line)?.[1])
    return port > 0 && port <= 65_535 ? { ip: end.ip, port } : end
  }
  return { source: complete(sides.source, SOURCE_PORT), destination: complete(sides.destination, DESTINATION_PORT) }
}
