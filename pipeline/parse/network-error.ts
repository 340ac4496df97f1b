import type { Action, Phase } from '../../schemas/vocabulary.js'
import { readCurlSteps } from './curl-steps.js'
import { gated } from './gate.js'
import { givenUpAt, isNoClaim, isUnanswered, phaseByWords } from './given-up.js'
import { READINGS, type Reading } from './network-readings.js'
import { onlySpanMs, SPAN, spanMs } from './span.js'

/** What a program's error says of the connection, in our words. */
export type NetworkError = {
  readonly action: Action
  readonly phase?: Phase
  readonly errorType: string
  readonly errorMessage: string
  readonly errorCode?: string
  /** The limit that ran out, where the error names it. */
  readonly limitMs?: number
  /** The limit was one for all of it, lookup to answer, and nothing says how far it came: the phase is presumed. */
  readonly isWhole?: true
}

/** Not the network: card readers, key pads, network card queues, sessions, locks. */
const NOT_NETWORK = gated(
  /(?<![A-Za-z])(?:card|swipe|insert|tap(?![a-z])|PIN(?![a-z])|key ?pad|password|operator|user input|OSPF|BGP|IS-IS|BFD|neighbou?r|session lock|row lock|table lock|(?:obtain|acquire|get|advisory) (?:\w{1,16} )?lock|lock wait|queue \d{1,9}|NIC(?![a-z])|watchdog|screen|printer).{0,24}tim(?:ed?[- ]?out|eout)|(?:读卡|刷卡|插卡|挥卡|等待刷|等待插|输入密码|密码输入|按键|打印)[^\n]{0,12}超时/i,
)

/** A limit that is only stated: as a setting, in a list of parameters. */
const SETTING = gated(
  /\btime-?outs?(?:[._]?ms)?["']?\s?(?:is|was|to|set to|set|of|value|=|:)\s?["']?\d[\d.]{0,8}\s?(?:ms|s|secs?|seconds|milliseconds)?(?:["']?[,;)}\s]|$)|[a-z_]timeouts?(?:ms|millis|secs?|seconds)?["']?\s?[=:]\s?["']?\d|超时(?:时间|时长|设置|阈值|配置|参数|秒数)/i,
)
const RAN_OUT = gated(
  /tim(?:ed|ing)[- ]?out|expired|exceeded|elapsed|Exception|Error\b|errno|fail|cancel|abort|deadline|失败|错误|异常|已超时|未收到/i,
)

/** What a proxy writes into the answer that it gives in place of its upstream's: whoever reads that got an answer in time. */
const PROXY_ANSWER = gated(
  /\b50[234]\b(?:[^\n]{0,120}?)(?:upstream request timeout|upstream server is timing out|stream timeout|gateway[ -]time-?out|upstream connect error|no healthy upstream)(?!['" ]{0,3}caused by)[^\n]{0,20}/i,
)

const GATED = READINGS.map((r) => ({ ...r, gate: gated(r.pattern) }))
type GatedReading = (typeof GATED)[number]
const WAITS = GATED.filter((r) => r.action.endsWith('-timeout'))

const SYMPTOM = /tim(?:ed?[- ]?out|e[- ]?out)|TIMEDOUT|ETIMEOUT|deadline|超时|10060(?! ?m?s\b)|Errno 110|errno.110/i

/** Frames and words that show in which phase a plain "timed out" or "Read timed out" happened. */
const FRAMES: readonly (readonly [RegExp, Phase])[] = [
  [
    /SslStream\.(?:ForceAuthentication|AuthenticateAsClient|ProcessAuthentication|ReceiveBlob|PartialFrame)|startHandshake|doHandshake|do_handshake|SSLSocketImpl\.(?:readHandshakeRecord|decode|performInitialHandshake)|RealConnection\.connectTls|HandshakeContext|SSLTransport|upgradeSocket|ssl_wrap_socket|ssl_socket_connect|tls\.\(\*Conn\)\.(?:clientHandshake|Handshake)|SslHandler|_ssl\.c/,
    'tls',
  ],
  [
    /Sockets\.(?:Socket|TcpClient)\.(?:Begin|End|Do|Internal)?Connect|timedFinishConnect|finishConnect|SocketImpl\.connect|socketConnect|Socket\.connect\(|create_connection|\bsock(?:et)?\.connect\b|\bs\.connect\(|open_connection|sock_connect|Net\.connect|net\.\(\*sysDialer\)|dialTCP|connectSocket|connect0\(|HttpWebRequest\.(?:Begin|End)?GetRequestStream/,
    'connect',
  ],
  [/lookupAllHostAddr|InetAddress\.(?:getAllByName|getByName)|getaddrinfo|resolve_host|lookup\.go/, 'dns'],
  [
    /timedRead|SocketInputStream|recv_into|\brecv\(|readinto|getresponse|begin\(|readResponse|readHeaders|awaitHeaders|SocketDispatcher\.read|\.read\(/,
    'response',
  ],
]

/** Where to read on stands behind the error: `(Please take a look at this article for … issues that can cause timeouts: https://…)`. */
const ADVICE = /\((?:please|for more|see|learn more|refer)\b[^()\n]{0,300}\)/i

/** Of .NET, whose own frames are not shown where the program waited by itself: what threw is a method to connect. */
const CONNECTS =
  /^[^\n]{0,2000}\n {2,8}(?:at|bei|à|en|in|в|em|w|在|場所) [\w.$<>`+]{1,200}\.(?:Try)?(?:Connect|OpenConnection|Dial|Conectar|Conecta|Connetti|Verbinden|Connecter)(?:Async)?\(/

/**
 * The decisive network error in a record's text, stack trace included.
 * @param whole  the record, with its stack trace
 * @returns undefined where the text holds no network error: a limit that is only configured, a card reader's time-out
 */
export function readNetworkError(whole: string): NetworkError | undefined {
  const text = withoutProxyAnswer(whole)
  const reached = readCurlSteps(text)
  if (reached)
    return { action: `${reached}-timeout`, phase: reached, errorType: 'curl 28', errorMessage: text.slice(0, 300) }
  if (NOT_NETWORK.test(text) && !/Exception|Error\b|errno/i.test(text)) return undefined
  const gist = lineAround(text, 0).slice(0, 2_000)
  if (SETTING.test(text) && !RAN_OUT.test(text) && !isUnanswered(gist)) return undefined
  const any = firstReading(text)
  // A program that tries again until the limit of the whole request runs out names both: the wait ran out, and why is beside it.
  const isWithin =
    any && !any.r.action.endsWith('-timeout') && (WHOLE.test(text) || OUTER_LIMIT.test(text.slice(0, any.index)))
  const first = isWithin ? (firstReading(text, WAITS) ?? any) : any
  // What a program cancels because its own limit ran out is no cancel of a person's.
  const found = first && first.r.action !== 'request-cancelled' ? first : (byLanguage(gist) ?? first)
  if (!found) return undefined
  // A class of error was thrown; words alone may speak of limits, plans and earlier failures.
  const isSaid = (line: string) => !isNoClaim(line.replace(ADVICE, ''))
  if (
    found.r.action.endsWith('-timeout') &&
    !THROWN.test(text) &&
    !(isSaid(gist) && isSaid(lineAround(text, found.index)))
  )
    return undefined
  const root = found.r.action === 'overload' ? rootOfPool(text, found.index) : undefined
  const { r, index } = root ?? found
  const line = lineAround(text, index)
  const limit = limitOf(line) ?? limitOf(text) ?? (MEASURED.test(line) ? undefined : onlySpanMs(line))
  const code = codeOf(text) ?? [r, any?.r].find((x) => x?.type?.startsWith('E'))?.type
  const refined = refine(root ?? found, text, line)
  const { action, phase }: { action: Action; phase?: Phase } =
    refined.phase === 'response' &&
    (BEFORE_CONNECT.test(gist) ||
      ((isWithin || WHOLE.test(text) || isOwnClass(text)) && NEVER_CONNECTED.test(text.slice(0, 2_000))))
      ? { action: 'connect-timeout', phase: 'connect' }
      : refined
  return {
    action,
    ...(phase && { phase }),
    ...(((phase === 'response' &&
      !OF_READING.test(text) &&
      (WHOLE.test(text) || isWordless(text) || isOpen(found, gist, text))) ||
      (phase === 'connect' && OF_SEVERAL_STEPS.test(text))) && { isWhole: true }),
    errorType: typeOf(text) ?? r.type ?? r.action,
    errorMessage: line.slice(0, 300),
    ...(code !== undefined && { errorCode: code }),
    ...(limit !== undefined && { limitMs: limit }),
  }
}

/**
 * A limit over the whole request: axios, superagent, node-fetch and XMLHttpRequest, libcurl's own word for it, Go's http.Client.Timeout and contexts, .NET's HttpClient.Timeout, got's `request`,
 * OkHttp's callTimeout, aiohttp's total, AbortSignal.timeout, NSURLSession's timeoutInterval (until bytes come).
 */
const WHOLE_WORDS = gated(
  /[Tt]imeout of \d{1,9} ?ms exceeded|Client\.Timeout (?:or context cancellation )?(?:exceeded )?while (?:awaiting|reading)|HttpClient\.Timeout|Timeout awaiting 'request'|InterruptedIOException: timeout|asyncio\.(?:exceptions\.)?TimeoutError|The operation was aborted due to timeout|NSURLErrorDomain[^\n]{0,8}-1001|kCFErrorDomainCFNetwork[^\n]{0,8}-1001|FetchError: network timeout at: |Timeout was reached/,
)

/**
 * undici's limit for the connect holds for the lookup too: it names no address where it has none yet, and none where the name has but one. aiohttp's and
 * java.net.http's hold for the handshake of TLS, undici's as well. Erlang's gen_tcp:connect/4 looks a name up within its limit (inet:getaddrs/3).
 */
const OF_SEVERAL_STEPS = gated(
  /Connect Timeout Error(?! \(attempted addresses?: [\d.]{7,15}:)|Connection timeout to host https:|HttpConnectTimeoutException: HTTP connect timed out|(?<![\w.-])[A-Za-z][\w-]{0,62}(?:\.[\w-]{1,63}){0,6}\.[A-Za-z]{2,24}:\d{1,5}\b[^\n]{0,60}\{error, ?timeout\}/,
)

/** aiohttp's limit for each read, below which asyncio's own error stands in the trace. */
const OF_READING = gated(/Timeout on reading data from socket/)

/** A program's own error for a limit, whose words say what it waited for. */
const isOwnClass = (text: string): boolean => /\bSystem\.TimeoutException\b|\bTimeoutError\b/.test(text)

/** What ran out before there was a connection, whatever the class of the error. */
const BEFORE_CONNECT =
  /\bbefore (?:the |a |any )?(?:tcp )?connection (?:was|could be|had been) (?:made|established|opened)\b|\bwhile (?:still )?connecting\b/i

const NEVER_CONNECTED =
  /\b[Cc]onnect(?:ing|ion)?(?: attempt)?(?: (?:to|with) \S{1,255})? (?:did not|didn't|has not|was not|could not be|is not) (?:complete|completed|succeed|finish|finished|established|made)\b|no se (?:pudo |ha podido )?estable(?:ci[óo]|cer) la conexi[óo]n|Verbindung (?:konnte nicht|wurde nicht) (?:auf|her)ge|connexion n'a pas (?:pu [êe]tre )?[ée]tabli|connessione non (?:[èe] stata )?stabilit|(?:não|nao) (?:foi possível )?estabelec\w{1,4} (?:a )?conex|nie (?:uda[łl]o si[ęe] )?nawi[ąa]za\w{1,4} po[łl][ąa]cz|не удалось установить соединение|\bno connection (?:(?:was |could be )?(?:established|made)\b|to \S{1,255} (?:within|in|after) \d)|\bnever connected\b|连接未建立/i

/** An error of its own for the limit that ran out, thrown around the one of the last try. */
const OUTER_LIMIT =
  /Time(?:d?Out|out)?(?:Exception|Error)\b[^\n]{0,200}\b(?:within|after|in|of|exceeded) \d{1,7}(?:\.\d{1,3})? ?(?:ms|milli|s\b|sec)/i

const WHOLE = {
  test: (text: string): boolean => {
    if (WHOLE_WORDS.test(text)) return true
    // aiohttp's frames stand before the error.
    const at = text.indexOf('aiohttp')
    return at >= 0 && text.indexOf('TimeoutError', at) >= 0
  },
}

/** CPython words a connect, a handshake and a read whose limit ran out alike; only a trace tells. */
const BARE = gated(/\b(?:TimeoutError|socket\.timeout)(?:: |\(['"])timed out/)
const FRAMED = /\n\s{1,16}(?:at |File )/
/** A future that was waited for in vain: its class says nothing of what it was to bring. Source: java.util.concurrent.Future, get */
const WORDLESS_WAIT = gated(/(?:^|\n|: )java\.util\.concurrent\.TimeoutException\s*(?:\n|$)/)
const isWordless = (text: string): boolean =>
  WORDLESS_WAIT.test(text) && !FRAMES.some(([frame]) => frame.test(innermost(text))) && statedPhase(text) === undefined
/** Whether the words tell no step: those of the language that say no more than that nobody answered, and a library's that it has for all steps. */
const isOpen = (found: Found, gist: string, text: string): boolean =>
  !FRAMED.test(text) &&
  (found.words === undefined || BARE.test(text)) &&
  phaseByWords(gist) === undefined &&
  statedPhase(text) === undefined

/** Said of a time that was measured, which is no limit. */
const MEASURED = /\b(?:elapsed|took|costs?|duration|latency|spent|rtt|time[_ ]?taken)|耗时|用时|历时/i

const THROWN = gated(/Exception\b|[a-z]Error\b|\berrno\b|Traceback/)

type Found = { readonly r: Reading; readonly index: number; readonly words?: string }

function withoutProxyAnswer(text: string): string {
  const m = PROXY_ANSWER.exec(text)
  return m ? text.slice(0, m.index) + text.slice(m.index + m[0].length) : text
}

function firstReading(text: string, from: readonly GatedReading[] = GATED): Found | undefined {
  for (const r of from) {
    const m = r.gate.exec(text)
    if (m) return { r, index: m.index, words: m[0] }
  }
  return undefined
}

/** No software's own words: the language says that a wait ran out, and of what. */
function byLanguage(gist: string): Found | undefined {
  const index = givenUpAt(gist)
  if (index === undefined) return undefined
  const phase = phaseByWords(gist) ?? 'response'
  return { r: { pattern: THROWN.pattern, action: `${phase}-timeout`, phase, type: 'timeout' }, index }
}

/** A pool that could not be filled names why in its cause: then that is the error. */
function rootOfPool(text: string, index: number): Found | undefined {
  const cause = text.lastIndexOf('Caused by:')
  if (cause <= index) return undefined
  const root = firstReading(text.slice(cause), GATED.slice(GATED.findIndex((r) => r.action !== 'overload')))
  return root?.r.phase && root.r.phase !== 'response' ? { r: root.r, index: cause + root.index } : undefined
}

/** `act=connect result=timeout`, `phase: tls`: what a program names as its step. */
const STATED_PHASE = gated(
  /\b(?:act|action|event|op|operation|phase|stage|step|state|cmd|syscall|schritt|fase|etapa|passo|paso)["']?\s?[=:]\s?["']?([A-Za-z_-]{2,32})\b|(?:étape|этап|단계|ステップ|段階)\s?[=:]\s?([A-Za-z_-]{2,32})\b|阶段[=:：]\s?([^\s,;,;]{2,8})/i,
)
const PHASE_WORDS: readonly (readonly [RegExp, Phase])[] = [
  [/dns|resolv|lookup|getaddrinfo|解析/, 'dns'],
  [/tls|ssl|handshake|握手/, 'tls'],
  [/(?:^|[_-])(?:connect|connecting|dial|dialing|syn[_-]sent)$|^连接|建链/, 'connect'],
  [/idle|keep-?alive|heartbeat|空闲|心跳/, 'idle'],
]

const STATED_PHASES = new RegExp(STATED_PHASE.pattern, 'gi')

/** The first that names one: an event has a name too. */
function statedPhase(text: string): Phase | undefined {
  if (!STATED_PHASE.test(text)) return undefined
  for (const [, ...words] of text.slice(0, 2_000).matchAll(STATED_PHASES)) {
    const named = words.find((w) => w !== undefined)?.toLowerCase() ?? ''
    const phase = PHASE_WORDS.find(([word]) => word.test(named))?.[1]
    if (phase) return phase
  }
  return undefined
}

/** .NET ends a step whose limit ran out by cancelling it, and no person cancels a lookup, a connect or a handshake. */
const CANCELLED_STEP = /(?:Operation|Task)CanceledException/
function cancelledStep(text: string): Phase | undefined {
  if (!CANCELLED_STEP.test(text)) return undefined
  const phase = statedPhase(text) ?? FRAMES.find(([frame]) => frame.test(innermost(text)))?.[1]
  return phase === 'response' || phase === 'idle' ? undefined : phase
}

/** Ruby has one class for both: the frame tells, and that it has no words for the handshake. Source: net/protocol.rb, ssl_socket_connect */
const IN_TLS = /handshake|in [`']ssl_socket_connect'/i
const WORDLESS = /Net::OpenTimeout[\s:({["']{1,4}Net::OpenTimeout/

/** A bare time-out takes its phase from the frames of the innermost trace, where there are any. */
function refine({ r, words }: Found, text: string, line: string): { action: Action; phase?: Phase } {
  if (r.action === 'tls-failed' && r.type === 'tls' && SYMPTOM.test(text) && /Read timed out|timed out/i.test(text))
    return { action: 'tls-timeout', phase: 'tls' }
  const cancelled = r.action === 'request-cancelled' ? cancelledStep(text) : undefined
  if (cancelled) return { action: `${cancelled}-timeout`, phase: cancelled }
  if (WORDLESS.test(text)) return { action: 'tls-timeout', phase: 'tls' }
  const stated = statedPhase(text)
  // Libraries have one class for the steps until there is a connection.
  const isEarlier = r.action === 'connect-timeout' && (stated === 'tls' || stated === 'dns' || IN_TLS.test(text))
  if (r.action !== 'response-timeout' && !isEarlier)
    return r.phase ? { action: r.action, phase: r.phase } : { action: r.action }
  if (stated) return { action: `${stated}-timeout`, phase: stated }
  const trace = innermost(text)
  for (const [frame, phase] of FRAMES) if (frame.test(trace)) return { action: `${phase}-timeout`, phase }
  if (CONNECTS.test(trace)) return { action: 'connect-timeout', phase: 'connect' }
  // A class for any wait, whose words are all that tells.
  const ofBare = r.action === 'response-timeout' ? BARE_CLASS.exec(text)?.[1] : undefined
  const byWords = ofBare === undefined ? undefined : phaseByWords(ofBare)
  if (byWords) return { action: `${byWords}-timeout`, phase: byWords }
  const ofPython = r.action === 'response-timeout' && BARE.test(text) ? phaseByWords(lineAround(text, 0)) : undefined
  if (ofPython) return { action: `${ofPython}-timeout`, phase: ofPython }
  // A class says more of the step than the words beside it.
  const isPlain = r.action === 'response-timeout' && !/Exception\b|Traceback/.test(text)
  const said = isPlain && words !== undefined ? phaseByWords(line) : undefined
  if (said && words !== undefined && (!NAMES_WAIT.test(words) || (PLAIN.test(words) && said !== 'connect')))
    return { action: `${said}-timeout`, phase: said }
  return { action: r.action, phase: r.phase ?? 'response' }
}

/** Of Java, Kotlin, Dart and .NET: for whatever is waited. */
const BARE_CLASS = /(?<!\w)(?:java\.util\.concurrent\.|System\.)?Timeout(?:Cancellation)?Exception: ([^\n]{1,200})/

/** Words that say themselves that an answer was awaited. */
const NAMES_WAIT =
  /read|recv|rec[ei]{2}v|respon|repl(?:y|ies)|answer|header|body|应答|响应|返回|接收|读|gelesen|\blire\b|\bleer\b|leggere|\bler\b|прочитать|読み取|읽/i

/** In the common words of the language, which name no step. */
const PLAIN = /^(?:no |not |did|does)/i

/** The part of a trace that names the root: after the last `Caused by:`; in Python, before the first "During handling". */
function innermost(text: string): string {
  const python = /\n\n?(?:During handling of the above|The above exception was)/.exec(text)
  if (python) return text.slice(0, python.index)
  const cause = text.lastIndexOf('Caused by:')
  const trace = cause < 0 ? text : text.slice(cause)
  const frames = trace
    .split('\n')
    .slice(0, 1)
    .concat(
      trace
        .split('\n')
        .filter((l) => /^\s+(?:at |File )|^\s{2,}\S/.test(l))
        .slice(0, 40),
    )
  return frames.join('\n')
}

function typeOf(text: string): string | undefined {
  // Python ends a traceback with what was raised; what it was raised from stands before.
  if (text.includes('Traceback (most recent call last)')) {
    const raised = [...text.matchAll(/^((?:\w{1,60}\.){0,8}[A-Z]\w{2,60}(?:Error|Exception|Timeout))\b/gm)].at(-1)?.[1]
    if (raised !== undefined) return raised
  }
  return (
    /(?:^|[\s:(])((?:[a-z][\w]*\.){1,8}[A-Z]\w{2,60}(?:Exception|Error|Timeout))\b/.exec(text)?.[1] ??
    /\b([A-Z]\w{2,60}(?:Exception|Error))\b/.exec(text)?.[1]
  )
}

/** Numbers of Linux, of BSD and macOS, of Winsock and of getaddrinfo, by the name that POSIX gives them. */
const ERRNO: Readonly<Record<string, string>> = {
  ...{ 110: 'ETIMEDOUT', 60: 'ETIMEDOUT', 10060: 'ETIMEDOUT', 12002: 'ETIMEDOUT' },
  ...{ 111: 'ECONNREFUSED', 61: 'ECONNREFUSED', 10061: 'ECONNREFUSED' },
  ...{ 104: 'ECONNRESET', 54: 'ECONNRESET', 10054: 'ECONNRESET' },
  ...{ 113: 'EHOSTUNREACH', 65: 'EHOSTUNREACH', 10065: 'EHOSTUNREACH' },
  ...{ 101: 'ENETUNREACH', 51: 'ENETUNREACH', 10051: 'ENETUNREACH' },
  ...{ 99: 'EADDRNOTAVAIL', 49: 'EADDRNOTAVAIL', 10049: 'EADDRNOTAVAIL' },
  ...{ 98: 'EADDRINUSE', 48: 'EADDRINUSE', 10048: 'EADDRINUSE' },
  ...{ 105: 'ENOBUFS', 55: 'ENOBUFS', 10055: 'ENOBUFS' },
  ...{ 32: 'EPIPE', 24: 'EMFILE', 11: 'EAGAIN', 10053: 'ECONNABORTED' },
  ...{ '-2': 'EAI_NONAME', '-3': 'EAI_AGAIN', 11001: 'EAI_NONAME', 11002: 'EAI_AGAIN' },
}

/** @returns the POSIX name of an error number, or the number where it has none here */
export const errnoName = (number: string): string => ERRNO[number] ?? number

function codeOf(text: string): string | undefined {
  const name =
    /\b(E(?:TIMEDOUT|CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|AI_AGAIN|PIPE|MFILE|ADDRNOTAVAIL|NOTFOUND))\b/.exec(
      text,
    )?.[1]
  if (name !== undefined) return name
  const number =
    /\[Errno (-?\d{1,5})\]/.exec(text)?.[1] ??
    /\b(?:errno|os error|WSAGetLastError(?:\(\))?)[ =:]{1,3}(\d{1,5})\b/.exec(text)?.[1] ??
    /(?:timed out|refused|reset by peer|unreachable|route to host) \((\d{2,5})\)/.exec(text)?.[1] ??
    /\b(100(?:48|49|5[0-9]|6[0-5])|1100[12])\b/.exec(text)?.[1]
  if (number !== undefined) return errnoName(number)
  return /curl: \((\d{1,2})\)|cURL error (\d{1,2}):/
    .exec(text)
    ?.slice(1)
    .find((c) => c !== undefined)
}

/** In order: what names itself a limit before what only says how long it took to run out. */
const LIMITS: readonly RegExp[] = [
  new RegExp(
    String.raw`(?:time-?out|deadline|limit|\bT/O)(?:,? (?:of|after|is|was|period of|value is))?["']?\s?[=:([]?\s?${SPAN}`,
    'i',
  ),
  /\b(?:lim|limit|to|tmo|rspto)=(\d{2,7})(?=(?:ms)? el(?:apsed)?=)/,
  /(?:connect|read|response|socket|write) time-?out=(\d{1,6}(?:\.\d{1,3})?)(?![\d:A-Za-z])|, timeout (\d{1,6}\.\d{1,3})(?!\d)/,
  new RegExp(
    String.raw`\b(?:after|within|for|timeout of|exceeded|in|last|waited|than|lasted|timer fired after)(?: the last)?[ :]{1,2}${SPAN}`,
    'i',
  ),
  new RegExp(String.raw`[((/,,\[]${SPAN}`, 'i'),
]

/** Milliseconds. A number without a unit is seconds when small, milliseconds from 100 on. */
function limitOf(text: string): number | undefined {
  for (const pattern of LIMITS) {
    const m = pattern.exec(text)
    if (!m) continue
    const value = m[1] ?? m[2] ?? ''
    const n = Number(value)
    if (Number.isNaN(n)) return spanMs(value)
    return Math.round(n * (n >= 100 ? 1 : 1000))
  }
  return undefined
}

function lineAround(text: string, at: number): string {
  const start = text.lastIndexOf('\n', at) + 1
  const end = text.indexOf('\n', at)
  return text.slice(start, end < 0 ? undefined : end).trim()
}
