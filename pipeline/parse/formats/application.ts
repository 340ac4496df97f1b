import type { ParsedFields } from '../../../schemas/event.js'
import type { Action } from '../../../schemas/vocabulary.js'
import { actionByWords } from '../action-words.js'
import { FIRST_EPHEMERAL } from '../ends.js'
import { accept, defineFormat, type Header, keepingLast, LOOKUP_RAN_OUT_MS, NS_PER_MS } from '../format.js'
import { gated } from '../gate.js'
import { isUnanswered } from '../given-up.js'
import { hostDown } from '../host-state.js'
import { type IsoMessage, NOT_SERVED, readIsoMessage } from '../iso8583.js'
import { addMovedHost } from '../moved-host.js'
import { type NetworkError, readNetworkError } from '../network-error.js'
import { movedPort, saidOfItself, setPort } from '../program-words.js'
import { addProxy, readProxy } from '../proxy.js'
import { BARE_SALE, DECIDED, SUM, WENT_WRONG } from '../sale-words.js'
import { turnSshClient } from '../ssh-server.js'
import { readEndpoint, readLookedUp, readText, type TextFacts } from '../text.js'
import { readHead } from './application-head.js'

/**
 * Logs of applications of any make: a time, then level, thread and logger in any order, then a message in English or Chinese,
 * then perhaps a stack trace. Covers log4j, logback, java.util.logging (one and two lines), Python logging and their like.
 * Source: log4j2 PatternLayout, logback PatternLayout, java.util.logging.SimpleFormatter, Python logging.Formatter (their manuals).
 */
export const application = defineFormat({
  id: 'application',
  title: 'Application logs (Java, Python, Go, Node, .NET, terminal firmware), English and Chinese',
  source: 'log4j2, logback, java.util.logging and Python logging manuals; error texts of their standard libraries',
  detect: (text, header) => {
    const head = headOf(text, header)
    if (!head) return 0
    return head.level !== undefined ? 0.7 : 0.4
  },
  parse: (text, header) => {
    const head = headOf(text, header)
    if (!head) return undefined
    const fields = describe(withStructured(head.message, header), text)
    turnSshClient(fields, header.program, head.message)
    if (head.level !== undefined) fields['log.level'] = head.level.toLowerCase()
    if (head.logger !== undefined) fields['log.logger'] = head.logger
    return accept(fields, head.time)
  },
})

/** The first line of a message, and behind it what RFC 5424 has its program say beside it. */
function withStructured(message: string, { structured }: Header): string {
  if (structured === undefined) return message
  const newline = message.indexOf('\n')
  return newline < 0
    ? `${message} ${structured}`
    : `${message.slice(0, newline)} ${structured}${message.slice(newline)}`
}

const headOf = keepingLast(readHead)

/** Said of an answer that came; a wait that is mentioned beside it is not this request's end. */
const SUCCESS = /成功|\b(?:approved|declined|completed|succeeded|success|ok)\b|http[=: ]{1,2}[1-4]\d\d|\brc[=:]\s?\d\d/i

/** Of the word for success it says the contrary: `NOT COMPLETED`, `nicht erfolgreich`. What is not approved was answered. */
const UNDONE =
  /\b(?:not|non|nicht|niet|nie|ikke|inte|never|no) (?:been |be |yet |fully )?(?:completed?|succe(?:eded|ssful\w{0,2})|finished|done|ok|processed|delivered|confirmed|erfolgreich|abgeschlossen|completad[oa]|exitos[oa])\b/i

export const FAILED =
  /\b(?:fail\w{0,4}(?! ?[=:] ?0\b)|cannot|could not|unable|error(?! ?[=:] ?(?:0|none|null|""))|unsuccessful)\b/i

/** A check of whether something lives, by who keeps it alive: evidence of its state, and nobody's sale. Source: Kubernetes, pkg/kubelet/prober; Monitoring Plugins, check_tcp.c, netutils.c. */
const PROBE = gated(
  /\b(?:liveness|readiness|startup) ?probe\b|\b(?:CRITICAL|WARNING|UNKNOWN) ?[-:] (?:Socket timeout|No response|connect to (?:address|file)|Network unreachable|Host (?:down|unreachable))|\bprobeType=|\bhealth[ _-]?check(?:er|ing)?\b[^\n]{0,60}\b(?:fail|error|time|unhealthy)/i,
)

/** Of a numbered sale, that it went well: `auth trace=088297 amount=862.51 ok 471ms`, `sale done {"trace":"016001","ms":294}`. */
const DONE =
  /\b(?:ok|okay|success)(?: rc[ =:]?0{1,3})?,? (?:in |after )?\d{1,6} ?ms\b|\b(?:sale|auth|authori[sz]ation|payment|purchase|txn|transaction|refund) (?:done|ok|okay|complete)\b(?! ?[=:] ?(?:0|false|no)\b)|(?:批准|通过|成功)[ ,，]{0,2}(?:耗时|用时)?[ :：]?\d{1,6} ?(?:毫秒|ms)/i

/** Fields of a message (with its trace): what it says, of whom, how long it took. */
export function describe(message: string, whole: string = message): ParsedFields {
  const newline = message.indexOf('\n')
  const gist = newline < 0 ? message : message.slice(0, newline)
  const facts = withoutOwnPort(readText(gist), gist)
  const error = readNetworkError(/^(?:DEBUG|TRACE)\b/.test(whole) ? gist : message)
  const word = actionByWords(gist) ?? saidOfItself(gist, facts)
  const first = word === 'request-succeeded' && UNDONE.test(gist) && !DECIDED.test(gist) ? 'request-failed' : word
  // Whose attempt failed repeats its limits, and starts nothing.
  const isAttempt = first === 'program-started' && facts.stan !== undefined
  const isFailed = isAttempt && FAILED.test(gist)
  const isSale = isAttempt && [facts.version, facts.connectLimitMs, facts.responseLimitMs].every((v) => v === undefined)
  const says = isFailed ? 'request-failed' : isSale ? 'request-started' : first
  const said =
    says ??
    (((facts.stan !== undefined && DONE.test(gist) && !UNDONE.test(gist)) ||
      // A decision that took its time, or of a numbered sale, is an answer whichever it is.
      ((facts.stan ?? facts.durationMs) !== undefined && !error && DECIDED.test(gist))) &&
    !FAILED.test(gist)
      ? 'request-succeeded'
      : undefined) ??
    (statesLimits(facts, error, gist)
      ? 'program-started'
      : saysWhere(facts, error, gist)
        ? 'config-changed'
        : undefined)
  const isSettings = (said === 'program-started' || said === 'config-changed') && !(error && FAILED.test(gist))
  const isAnswered =
    said === 'request-succeeded' && newline < 0 && SUCCESS.test(gist) && !FAILED.test(gist) && !isUnanswered(gist)
  const decisive = error && !isSettings && !isAnswered ? error : undefined
  const iso = readIsoMessage(message)
  const isProbe = decisive !== undefined && PROBE.test(gist)
  const action = isProbe
    ? 'health-check-failed'
    : iso && !decisive
      ? isoAction(iso)
      : actionOf(
          decisive,
          said,
          facts,
          () => SUM.test(gist) || BARE_SALE.test(gist),
          () => WENT_WRONG.test(gist),
        )
  const dial = decisive && facts.domain === undefined && facts.ip === undefined ? dialledIn(message, facts) : undefined
  const fields: ParsedFields = { 'event.action': action, ...outcomeOf(action) }
  addIdentity(fields, facts)
  if (iso) addIso(fields, iso)
  if (facts.durationMs !== undefined && !isSettings) fields['event.duration'] = facts.durationMs * NS_PER_MS
  addAddress(fields, dial ? { ...facts, ...dial } : facts)
  if (isSettings || action === 'other') addProxy(fields, readProxy(gist))
  if (isSettings) addSettings(fields, facts)
  const moved = action === 'config-changed' ? movedPort(gist) : undefined
  if (action === 'config-changed' && !moved) {
    addMovedHost(fields, gist)
    const port = setPort(gist)
    if (port !== undefined) fields['destination.port'] ??= port
  }
  if (moved) Object.assign(fields, { 'destination.port': moved.port, 'whytimeout.former_port': moved.former })
  else if (facts.status !== undefined) fields['http.response.status_code'] = facts.status
  if (facts.idleSecs !== undefined) fields['whytimeout.idle_secs'] = facts.idleSecs
  if (facts.poolWaitMs !== undefined)
    fields['whytimeout.counters'] = { ...fields['whytimeout.counters'], pool_wait_ms: facts.poolWaitMs }
  if (facts.keepAlive) fields['whytimeout.keep_alive'] = true
  if (decisive) addError(fields, decisive, action)
  if (action === 'ports-exhausted' && fields['destination.ip']?.includes(':')) fields['event.action'] = NO_ADDRESS
  if (decisive?.phase === 'dns') addLookup(fields, gist)
  if (action === 'other') Object.assign(fields, neighbourIn(gist))
  Object.assign(fields, hostDown(gist))
  if (gist === '') fields.message = message.slice(0, 1_000)
  else fields.message = newline < 0 ? gist : `${gist}${decisive ? ` | ${decisive.errorMessage}` : ''}`
  return fields
}

/** Where a program listens is nowhere that it dials. */
const LISTENS = gated(
  /\blisten(?:ing|s)?(?: for \w{1,16})?(?: on|at)\b:? {0,2}(?:[a-z]{2,8}:\/\/)?[\w.*[\]-]{0,64}(?::[\da-f]{1,4}){0,7}\]?:(?<port>\d{1,5})\b/i,
)
function withoutOwnPort(facts: TextFacts, gist: string): TextFacts {
  const port = facts.port === undefined ? undefined : LISTENS.exec(gist)?.groups?.port
  if (port === undefined || Number(port) !== facts.port) return facts
  const { domain: _domain, ip: _ip, port: _port, ...rest } = facts
  return rest
}

/** An entry of the table of neighbours that a program writes to show how its network stands. Source: ip-neighbour(8). */
const NEIGHBOUR = gated(
  /(?<![\w.:])((?:\d{1,3}\.){3}\d{1,3}) dev [\w.@-]{1,16} lladdr ((?:[0-9a-f]{2}:){5}[0-9a-f]{2}) (?:router )?(?:REACHABLE|STALE|DELAY|PROBE)\b/i,
)
function neighbourIn(gist: string): ParsedFields {
  const [, ip, mac] = NEIGHBOUR.exec(gist) ?? []
  return ip === undefined || mac === undefined
    ? {}
    : { 'event.action': 'neighbour-seen', 'source.ip': ip, 'source.mac': mac.toLowerCase() }
}

/** What a client is told to do: `TIdHTTP.Post https://…`, `POST https://…`. */
const CALLS = /\b(?:get|post|put|patch|delete) https?:/i

/** Who gives both of its limits, and of no sale, says what it starts with, in whatever language. */
const statesLimits = (f: TextFacts, error: NetworkError | undefined, gist: string): boolean => {
  if (error !== undefined || f.stan !== undefined || CALLS.test(gist)) return false
  const [connect, response] = [f.connectLimitMs !== undefined, f.responseLimitMs !== undefined]
  return (connect && response) || ((connect || response) && PARAMETERS.test(gist))
}
/** Where it dials from now on: an endpoint in a line of no sale that speaks of settings which were taken over. */
const saysWhere = (f: TextFacts, error: NetworkError | undefined, gist: string): boolean =>
  error === undefined &&
  f.port !== undefined &&
  (f.domain !== undefined || f.ip !== undefined) &&
  f.sourceIp === undefined &&
  [f.stan, f.durationMs, f.status, f.responseCode].every((v) => v === undefined) &&
  TAKEN_OVER.test(gist) &&
  !FAILED.test(gist) &&
  !CALLS.test(gist)
const TAKEN_OVER =
  /\bprofil\p{L}{0,3}\b.{0,60}\b(?:appli\p{L}{1,4}|load\p{L}{0,3}|activ\p{L}{1,6}|install\p{L}{0,3}|receiv\p{L}{0,3}|switch\p{L}{0,3})|\b(?:appl|load|activat|us|switch)(?:ied|ed|ing|es)? (?:\S{1,24} ){0,3}(?:profile|settings?|parameters?|config\p{L}{0,10}|endpoint)\b|(?<!\p{L})(?:na[čc]ten|nahr[áa]n|geladen|übernommen|cargad|charg[ée]|caricat|carregad|za[łl]adowan|wczytan|inl[äa]st|indl[æa]st|загружен|применен)\p{L}{0,3}(?!\p{L})|(?<!\p{L})(?:(?:betriebs)?bereit|prêt|listo|pronto|klaar|gotow[yae]|redo|valmis|готов\p{L}{0,2})(?!\p{L})|(?:加载|下发|更新|应用)[^\n]{0,8}(?:参数|配置|档案)|(?:設定|プロファイル)[^\n]{0,8}(?:読み込|適用|更新)/iu
/** One limit alone is a setting where the line calls what it lists so. */
const PARAMETERS = /\b(?:PRM|params?|parameters?|conf(?:ig(?:uration)?)?|settings?|options?)\b|参数|配置/i

/** EADDRNOTAVAIL of a connect over IPv6: the host has no address to call from. Source: Linux net/ipv6/ip6_output.c, ip6_dst_lookup_tail. */
const NO_ADDRESS = 'network-unreachable'

/** Of a trace, only lines that state an error may name the endpoint; stack frames hold file names and line numbers. */
const endpointLines = (message: string): string =>
  message
    .split('\n')
    .filter((l) => !/^\s+(?:at |File |\^|~)/.test(l))
    .slice(0, 60)
    .filter((l) => /host=|:\d{2,5}\b|https?:|resolve|UnknownHost|lookup|\/\d{1,3}\./.test(l))
    .slice(-3)
    .reverse()
    .join('\n')

/** Another end than the one that its words call the program's own. */
function dialledIn(message: string, { sourceIp, sourcePort }: TextFacts): ReturnType<typeof readEndpoint> | undefined {
  const found = readEndpoint(endpointLines(message))
  const isOwn = found.domain === undefined && found.ip !== undefined && found.ip === sourceIp
  return isOwn && (found.port === undefined || found.port === sourcePort) ? undefined : found
}

function actionOf(
  error: NetworkError | undefined,
  said: Action | undefined,
  facts: TextFacts,
  isSale: () => boolean,
  isFailure: () => boolean,
): Action {
  if (error) {
    if (error.action === 'dns-failed' && (facts.durationMs ?? 0) >= LOOKUP_RAN_OUT_MS) return 'dns-timeout'
    if (said === 'request-cancelled') return 'request-cancelled'
    return error.action
  }
  if (facts.status !== undefined && facts.status >= 500 && said !== undefined && said !== 'program-started')
    return 'request-failed'
  // A code of ISO 8583 for a request is its answer, in whatever words.
  if (
    said === undefined &&
    facts.responseCode !== undefined &&
    (facts.stan !== undefined || facts.durationMs !== undefined)
  )
    return 'request-succeeded'
  // So is a status of success for a numbered one that took its time.
  if (
    said === undefined &&
    /^2\d\d$/.test(`${facts.status}`) &&
    facts.stan !== undefined &&
    facts.durationMs !== undefined
  )
    return 'request-succeeded'
  // A sale is numbered and has a sum before it has an outcome.
  if (said === undefined && facts.stan !== undefined && facts.durationMs === undefined && isSale())
    return 'request-started'
  // Why is not said, or in a language that nobody here knows.
  if (said === undefined && facts.durationMs !== undefined && isFailure()) return 'request-failed'
  return said ?? 'other'
}

/** Who asks and hears the answer speaks of its request; who is asked and answers speaks of messages. */
function isoAction({ isAnswer, direction }: IsoMessage): Action {
  if (isAnswer) return direction === 'out' ? 'message-sent' : 'request-succeeded'
  return direction === 'in' ? 'message-received' : 'request-started'
}

function addIso(fields: ParsedFields, iso: IsoMessage): void {
  fields['network.protocol'] = 'iso8583'
  fields['whytimeout.mti'] = iso.mti
  if (iso.terminal !== undefined) fields['whytimeout.terminal_id'] = iso.terminal
  if (iso.merchant !== undefined) fields['whytimeout.merchant_id'] = iso.merchant
  if (iso.stan !== undefined) fields['whytimeout.stan'] = iso.stan
  if (iso.rrn !== undefined) fields['whytimeout.request_id'] = iso.rrn
  if (iso.code === undefined) return
  fields['whytimeout.response_code'] = iso.code
  const said = NOT_SERVED[iso.code]
  if (said === undefined) return
  fields['event.outcome'] = 'failure'
  fields['event.reason'] = `response code ${iso.code}: ${said}`
  if (fields['event.action'] === 'request-succeeded') fields['event.action'] = 'request-failed'
}

export function outcomeOf(action: Action): ParsedFields {
  if (action.endsWith('-timeout'))
    return { 'event.category': ['network'], 'event.type': ['connection', 'end'], 'event.outcome': 'failure' }
  switch (action) {
    case 'request-succeeded':
    case 'connect-succeeded':
      return { 'event.outcome': 'success' }
    case 'request-started':
    case 'connect-started':
      return { 'event.outcome': 'unknown' }
    case 'program-started':
    case 'program-stopped':
    case 'config-changed':
    case 'other':
    case 'response-unmatched':
    case 'process-paused':
    case 'message-received':
    case 'message-sent':
    case 'session-ended':
      return {}
    default:
      return { 'event.outcome': 'failure' }
  }
}

function addIdentity(fields: ParsedFields, f: TextFacts): void {
  if (f.terminal !== undefined) fields['whytimeout.terminal_id'] = f.terminal
  if (f.merchant !== undefined) fields['whytimeout.merchant_id'] = f.merchant
  if (f.stan !== undefined) fields['whytimeout.stan'] = f.stan
  if (f.requestId !== undefined) fields['whytimeout.request_id'] = f.requestId
  if (f.responseCode !== undefined) fields['whytimeout.response_code'] = f.responseCode
}

function addAddress(
  fields: ParsedFields,
  f: Pick<TextFacts, 'ip' | 'port' | 'domain' | 'sourceIp' | 'sourcePort' | 'addresses'>,
): void {
  if (f.ip !== undefined) fields['destination.ip'] = f.ip
  // A port of callers that stands alone is the program's own: `wait 0210, port 56256`.
  const isAlone = [f.ip, f.domain, f.sourcePort].every((v) => v === undefined)
  const isOwn = isAlone && (f.port ?? 0) >= FIRST_EPHEMERAL
  if (f.port !== undefined) fields[isOwn ? 'source.port' : 'destination.port'] = f.port
  if (f.domain !== undefined) fields['destination.domain'] = f.domain
  if (f.sourceIp !== undefined) fields['source.ip'] = f.sourceIp
  if (f.sourcePort !== undefined) fields['source.port'] = f.sourcePort
  if (f.addresses !== undefined) fields['related.ip'] = [...f.addresses]
}

const DNS_PORT = 53

/** Of a lookup the address is the name server's, and the name the one that was asked for. */
function addLookup(fields: ParsedFields, gist: string): void {
  const name = readLookedUp(gist)
  if (name !== undefined) fields['destination.domain'] = name
  if (fields['destination.port'] !== DNS_PORT) return
  if (fields['destination.ip'] !== undefined) fields['whytimeout.nameserver_ip'] = fields['destination.ip']
  delete fields['destination.ip']
  delete fields['destination.port']
}

function addSettings(fields: ParsedFields, f: TextFacts): void {
  if (f.connectLimitMs !== undefined) fields['whytimeout.connect_limit_ms'] = f.connectLimitMs
  if (f.responseLimitMs !== undefined) fields['whytimeout.response_limit_ms'] = f.responseLimitMs
  if (f.formerResponseLimitMs !== undefined) fields['whytimeout.former_response_limit_ms'] = f.formerResponseLimitMs
  if (f.version !== undefined) fields['whytimeout.version'] = f.version
}

function addError(fields: ParsedFields, e: NetworkError, action: Action): void {
  fields['error.type'] = e.errorType
  fields['error.message'] = e.errorMessage
  if (e.errorCode !== undefined) fields['error.code'] = e.errorCode
  fields['event.reason'] = e.errorCode ?? e.errorType
  if (e.phase) fields['whytimeout.phase'] = e.phase
  if (e.isWhole && (action === 'response-timeout' || action === 'connect-timeout'))
    fields['whytimeout.whole_limit'] = true
  if (e.limitMs !== undefined && action.endsWith('-timeout')) fields['whytimeout.limit_ms'] = e.limitMs
}
