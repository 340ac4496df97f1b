import { isIP } from 'node:net'
import { type End, isCalledPeer, readEnds } from './ends.js'
import { type Gated, gated } from './gate.js'
import { readLimits } from './limits.js'
import { first, NUM, toMs, UNIT } from './text-amounts.js'

/** Facts that programs of any make write into free text: ids, addresses, durations, limits. All patterns are linear. */
export type TextFacts = {
  readonly terminal?: string
  readonly merchant?: string
  readonly stan?: string
  readonly requestId?: string
  readonly responseCode?: string
  readonly durationMs?: number
  readonly connectLimitMs?: number
  readonly responseLimitMs?: number
  readonly formerResponseLimitMs?: number
  readonly ip?: string
  readonly port?: number
  readonly domain?: string
  readonly sourceIp?: string
  readonly sourcePort?: number
  /** Every address of the text, where there are more than the two ends. */
  readonly addresses?: readonly string[]
  readonly status?: number
  readonly version?: string
  readonly idleSecs?: number
  readonly keepAlive?: boolean
  /** How long it waited for a connection of its own pool. */
  readonly poolWaitMs?: number
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type Dialled = Pick<TextFacts, 'ip' | 'port' | 'domain'>

/** Between a name and its value: `=`, `:`, `[`, `(`, JSON quotes. */
const IS = String.raw`["']?\s{0,3}(?:[=:：]|\[|\(|\s)\s{0,3}["'\[]?`
const key = (names: string, value: string): Gated =>
  gated(new RegExp(String.raw`(?:^|[^A-Za-z0-9_])(?:${names})${IS}(${value})(?![\w-])`, 'i'))
const keyStrict = (names: string, value: string): Gated =>
  gated(new RegExp(String.raw`(?:${names})["']?\s{0,3}(?:[=:：]|\[|\()\s{0,3}["'\[]?(${value})`, 'i'))

const ID = '[A-Za-z0-9_-]{3,32}'
/** An id with signs in it (`POZ2/03`, `TP/3451/Y1`, `US-NJ-27#04`, `cbx:5521:03`), and no address, version, time of day or device. */
const SIGNED_ID =
  '(?!\\d{1,5}[.:]\\d|pts/|tty|dev/)(?=[A-Za-z_.:/#~|-]{0,12}\\d)[A-Za-z0-9_-]{2,24}(?:[#/.:~|][A-Za-z0-9_-]{1,16}){1,3}(?![\\w=])'
const TERMINAL = [
  keyStrict('终端(?:编)?号|终端(?:ID)?|POS编号|端末(?:番号|ID)?|단말(?:기)?(?:번호|ID)?', ID),
  // What has so many digits is a thread (`[pid 17:tid 139860422317952]`) or a card.
  key(
    '(?<!\\bpid[ =:]?\\d{1,9}[:, ]{1,2})tid|terminal[_ -]?id|term[_ -]?id|terminal|DE0?41|field ?41|posid|X-Tid',
    `(?!\\d{12}|\\d{1,9}m?s(?![\\w]))(?:${SIGNED_ID}|(?=[A-Za-z_-]{0,12}\\d)[A-Za-z0-9_-]{4,32})`,
  ),
  // Before its number, a slash between.
  gated(/\b(?:trace|trc)["']?[=:] ?["']?((?=[\w-]{0,12}\d)[A-Z\d][\w-]{2,15})\/(?:[A-Z]{1,3}-?)?\d{4,12}(?![\w/-])/i),
  // A word of shells, elections and contracts too.
  key(
    'term',
    '(?!xterm|screen|rxvt|linux|vt\\d)(?=[A-Za-z]|\\d{8}(?!\\d)|\\d{3,8}-\\d{1,4}(?![\\d-]))(?=[A-Za-z_-]{0,12}\\d)[A-Za-z0-9_-]{6,32}',
  ),
  // Behind the word for such a box, letters and then a number: `kiosk A3941890`, `caja SU042052`.
  gated(
    /(?<![A-Za-z0-9_])(?:till|kiosk|terminal|lane|caja|taquilla|caixa|caisse|cassa|kasse|kassa|kasa|POS) #?([A-Z]{1,4}-?\d{4,9})(?![\w=-]|[.:]\w)/i,
  ),
  // However short, where it stands as a value in capitals with a digit: `pos=Q1`, `"till":"M03C2"`. Units and devices are written in small letters, or are these.
  gated(
    /(?<![A-Za-z0-9_])(?:[Tt]ill|TILL|[Ll]ane|LANE|[Tt]erm|[Pp]os|POS|[Pp]dv|PDV|[Cc]aixa|[Cc]aja|[Cc]aisse|[Cc]assa|[Kk]asse|[Kk]assa|[Kk]asa)(?:=["']?|["']\s?:\s?["'])((?!UTF|COM\d|\d{1,4}X\d)(?=[A-Z_-]{0,12}\d)(?=[\d_-]{0,12}[A-Z])[A-Z0-9_-]{2,16})(?![\w=-]|[.:]\w)/,
  ),
]
const MERCHANT = [
  keyStrict('商户(?:编)?号', ID),
  key('mid|merchant[_ -]?id|merchant|DE0?42|field ?42', '(?=[A-Za-z_-]{0,12}[\\d*])[A-Za-z0-9*_-]{4,32}'),
]
const STAN = [
  gated(/\b(?:trace|trc)["']?[=:] ?["']?[A-Z\d][\w-]{2,15}\/((?:[A-Z]{1,3}-?)?\d{4,12})(?![\w/-])/i),
  keyStrict('(?:系统)?流水号|跟踪号|凭证号|(?:取引)?通番|伝票番号|전문번호|전표번호', '\\d{1,12}'),
  gated(/(?:流水号|跟踪号|凭证号|流水(?= ?\d))[ =：:]?(\d{4,12})(?!\d)/),
  gated(
    /(?<![A-Za-zÀ-ɏ])(?:payment|sale|transaction|txn|purchase|refund|venta|venda|vendita|vente|pago|pagamento|paiement|op[ée]raci[óo]n|op[ée]ration|operazione|verkauf|zahlung|vorgang|sprzeda[żz]|p[łl]atno[śs][ćc]|transakcj[aei]|transakce|prodej|predaj|platba|elad[áa]s|fizet[ée]s|tranzakci[óo]|[iİ][şs]lem|sat[ıi][şs]|[öo]deme|betaling|k[öo]p|salg|v[âa]nzare|plat[ăa]|penjualan|transaksi|продажа|оплата|операция|транзакция|платёж)[ =:]{1,2}(?:nr|no|n[°º]|č|nomor|num(?:er|ber|ero)?)?[.:]? ?#?(\d{5,12})(?![\w.]| (?:ms|(?!END\b|BEG\b|ERR\b|REQ\b|RSP\b|ACK\b|NAK\b)[A-Z]{3}\b))/i,
  ),
  key(
    'stan|nsu|progressivo|folio|belegnr|vorgangsnr|거래번호|volgnr|trace[_ -]?(?:no|nr|number|num|audit)|traceno|systrace|DE0?11|field ?11',
    '(?:[A-Z]{1,3}-?(?=\\d{4})|\\d{1,4}-(?=\\d{4}))?\\d{1,12}',
  ),
  // Six digits are one of a message; what traces programs has letters.
  key('trace|trc', '[A-Z]{1,3}-?\\d{4,8}|\\d{1,4}-\\d[0-9A-F]{3,7}|\\d{6}'),
]
const REQUEST = [
  keyStrict('(?:检索)?参考号|订单号', ID),
  key(
    'rrn|request[_-]?id|x-request-id|req[_-]?id|trace[_-]?id|correlation[_-]?id|order[_-]?(?:id|no)',
    '[A-Za-z0-9_-]{4,64}',
  ),
]
const CODE = [
  keyStrict('应答码|响应码|返回码|(?:結果|応答|レスポンス)コード|응답코드', '[A-Za-z0-9]{2}'),
  gated(
    /(?:^|[^A-Za-z0-9_])(?:rc|resp(?:onse)?[_ -]?code|DE0?39|field ?39)["']?\s{0,2}[=:[]\s{0,2}["']?([A-Za-z0-9]{2})(?![\w])/i,
  ),
  // The code in other languages of tills, where it is two digits.
  gated(
    /(?:^|[^A-Za-z0-9_À-ž])(?:c[oó]d(?:igo|ice)?(?:[_ ]?(?:de )?r[ei]sp\w{0,6})?|kod(?:[_ ]?odp\w{0,9})?|(?:cevap|yan[ıi]t)[_ ]?kodu|antwort(?:code)?|code[_ ]?r[eé]p\w{0,6}|svarkod|vastauskoodi)["']?(?:\s{0,2}[=:[]\s{0,2}|(?<=resp\w{0,6}|kodu?) )["']?(\d\d)(?!\w|[.,]\d| ?(?:m?s|sek|secs?)\b)/i,
  ),
]
const DURATION = [
  new RegExp(
    String.raw`(?:耗时|用时|历时|花费|経過(?:時間)?|所要(?:時間)?|処理時間|소요(?:시간)?|경과(?:시간)?)\s{0,2}[=:：[(]?\s{0,2}(${NUM})${UNIT}`,
  ),
  // The whole before its parts.
  new RegExp(
    String.raw`\b(?:total|overall|round[_ -]?trip)(?:[_ -]?(?:time|duration|elapsed|latency))?(?:[_ ]?(?:ms|millis))?["']?\s{0,2}[=:]\s{0,2}(${NUM})${UNIT}`,
    'i',
  ),
  new RegExp(
    String.raw`(?<![A-Za-z0-9_À-ž])(?:tempo|tiempo|temps|durata|waktu|χρ[οό]νος|vrijeme|ใช้เวลา|čas|dur[eé]e|duraci[oó]n|dura[cç][aã]o|dauer|laufzeit|czas|tijd|doba|trvání|süre|kesto|время)(?:[_ ]?ms)?["']?\s{0,2}[=:[(]?\s{0,2}(${NUM})${UNIT}`,
    'i',
  ),
  new RegExp(
    String.raw`\b(?:elapsed|took|cost|duration|latency|time[_ ]?(?:taken|ms)|rtt|spent|waited|after(?=_?ms))(?:[_ ]?ms)?["']?\s{0,2}[=:[(]?\s{0,2}(${NUM})${UNIT}`,
    'i',
  ),
  new RegExp(
    String.raw`\b(?:host|server|response|resp|reply|answer|turnaround|processing)[_ -]?time["']?\s{0,2}[=:(]?\s{0,2}(${NUM})\s{0,2}(ms|msec|milliseconds|s|secs?|seconds)(?![A-Za-z\d])`,
    'i',
  ),
  new RegExp(
    String.raw`(?<![A-Za-zÀ-ž])(?:after|within|in|en|nach|po|apr[eè]s|au bout de|al cabo de|despu[eé]s de|depois de|tras|dopo|ap[oó]s|efter|etter|через|za) (${NUM})\s{0,2}(ms|msec|milliseconds|s|secs?|seconds)(?![A-Za-z\d])`,
    'i',
  ),
  new RegExp(String.raw`\b(?:lim|limit|to|tmo)=\d{2,7} el(?:apsed)?=(${NUM})(ms)?`),
  new RegExp(String.raw`["']ms["']\s?:\s?["']?(${NUM})()(?![\w.])`),
  new RegExp(String.raw`\((?:po |za )?(${NUM})\s{0,2}(ms|msn|s|sn|сек|мс|seconds)[,;)]`),
  new RegExp(String.raw`\[(${NUM})\s{0,2}(ms|s|sec|seconds)\]`),
  new RegExp(String.raw`(?<![А-Яа-я\w.])мс["']?\s{0,2}[=:]\s{0,2}(${NUM})()(?!\w)`),
  new RegExp(String.raw`\b(${NUM})\s?(ms)\b(?=\s{0,2}(?:\{|$|\n))`, 'm'),
  // Behind what went wrong, in brackets: `([Errno -3] Temporary failure in name resolution) 2.0s`.
  /[)\]] {1,2}(\d{1,4}\.\d{1,6})\s?(s)(?=\s{0,2}(?:$|\n))/m,
  // A pair that bears nothing but the unit: `ms=4002`.
  /(?<![\w.-])ms["']?[=:]\s?["']?(\d{1,7}(?:\.\d{1,3})?)()(?![\w.])/,
].map(gated)
const HOSTNAME = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z][A-Za-z0-9-]{0,62}`
const IPV4 = String.raw`(?:\d{1,3}\.){3}\d{1,3}`
const URL = gated(
  new RegExp(
    String.raw`\b(https?|tcp|ssl|tls|wss?)://(?:[^\s/@]{0,64}@)?(\[[0-9a-fA-F:]{2,45}\]|${IPV4}|[A-Za-z0-9.-]{1,255}?)(?::(\d{1,5}))?(?=[/\s"'?,)\]]|$)`,
    'i',
  ),
)
const PAIR = gated(
  new RegExp(String.raw`(?:^|[^\w.:/])(\[[0-9a-fA-F:]{2,45}\]|${IPV4}|${HOSTNAME}):(\d{1,5})(?![\w.]|:\S)`),
)
const ARROW = gated(new RegExp(String.raw`(${IPV4}):(\d{1,5})\s{0,2}(?:->|=>|→)\s{0,2}(${IPV4}):(\d{1,5})`))
/** `host=gw.pay.example, port=7001`, `server: 10.1.2.3 port: 7001`, `"host":"10.1.2.3","port":7001`. */
const HOST_PORT = gated(
  new RegExp(
    String.raw`\b(?:host|server|addr|address|gateway|peer|ip)["']?\s?[=:]\s?['"]?(${IPV4}|${HOSTNAME}|[A-Za-z0-9-]{1,63})['"]?[,;]?\s{0,2}['"]?(?!(?:l|s|c|local|own|my|src|source|client|cli)[_.-]?port)(?:\w{1,16}[_.]?)?port["']?\s?[=:]\s?["']?(\d{1,5})`,
    'i',
  ),
)
/** `host pay.example/7010` */
const HOST_SLASH = gated(
  new RegExp(
    String.raw`\b(?:host|server|gateway|target|endpoint)[ =:]{1,2}(${IPV4}|${HOSTNAME})/(\d{2,5})(?![\w./])`,
    'i',
  ),
)
const SLASHED = gated(new RegExp(String.raw`(?:(${HOSTNAME}))?/(${IPV4}):(\d{1,5})`))
/** What SLASHED holds at least: cheaper to look for than a name before it. */
const SLASHED_PART = /\/\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}:\d/
const BARE_IP = gated(new RegExp(String.raw`(?:^|[^\w.:/])(${IPV4})(?![\w.:])`))
const LOOKED_UP = [
  new RegExp(
    String.raw`(?:UnknownHostException: |resolve host:? |Unable to resolve host "|lookup |getaddrinfo (?:\w{4,12} )|Failed to resolve '|解析(?:域名|主机)?(?:失败)?[:：\s[]{1,3})(${HOSTNAME})`,
  ),
].map(gated)
const LOCAL_PORT = [
  keyStrict('本地端口|本端端口', '\\d{1,5}'),
  key('l(?:ocal)?[_ -]?port|src[_ -]?port|source[_ -]?port', '\\d{1,5}'),
  // What a program calls its own end of a line that it keeps: a number from the range of such ports.
  key('lp|line|sock|chan|channel|local', '(?:3[3-9]|[4-6]\\d)\\d{3}'),
]
const STATUS = [
  /\b(?:http|status|code|HTTP\/\d(?:\.\d)?)["']?\s{0,2}[=: ]\s{0,2}([1-5]\d\d)\b/i,
  /<-- ([1-5]\d\d)\b/,
  /(?<![\w.-])(50[234]|429|40[134]) (?:Service Unavailable|Bad Gateway|Gateway Time-?out|Too Many Requests|Unauthorized|Forbidden|Not Found)\b/i,
  /" ([1-5]\d\d) \d/,
  /\b(?:return(?:ed|s)|answered|replied|responded|said)(?: with)?(?: HTTP| status| code){0,2} ([45]\d\d)(?= (?:after|in|within|from|for|to|by)\b| \(|[,;:)](?!\d)|\.?$| - )/i,
].map(gated)
const VERSION = [
  /(?:\bv(?:ersion)?|版本(?:号)?)\s{0,2}[=:：[ ]\s{0,2}(\d[\w.-]{1,20})/i,
  /\bv(\d{1,4}\.\d[\w.-]{0,18})/,
  // `PosAgent 4.2.6 starting`, `started PosAgent/4.2.6`
  /[A-Za-z]\d{0,4}[ /](\d{1,4}\.\d{1,6}(?:\.\d{1,6}){0,2})(?![\w.])[^\n]{0,60}\b(?:start(?:ed|ing)|boot(?:ed|ing)|launch(?:ed|ing)|ready|up|gestartet|gestart|iniciad[oa]|arrancad[oa]|avviat[oa]|d[ée]marr[ée]e?|startad|startet|uruchomion[aoy]?|запущен[ао]?|PID[ =:]\d)(?![\w])/i,
  /\b(?:start(?:ed|ing)|boot(?:ed|ing)|launch(?:ed|ing)) [A-Za-z][\w.-]{1,40}[ /](\d{1,4}\.\d{1,6}(?:\.\d{1,6}){0,2})(?![\w.])/i,
].map(gated)
const IDLE = [
  /\b(?:idle|quiet)(?: for)?\s{0,2}[=:]?\s{0,2}(\d{1,7}(?:\.\d{1,3})?)\s{0,2}(s|secs?|seconds|ms|m|min|minutes)\b/i,
  /\bidle_?(?:for_?)?(?:ms|millis)["']?[=:]\s?(\d{1,9})()(?!\w)/i,
  // Go's httptrace.GotConnInfo, in seconds as loggers write a Duration.
  /\breused[=:]\s?true\b[^\n]{0,120}?\bidle(?:_?time)?[=:]\s?(\d{1,7}(?:\.\d{1,9})?)(s|ms)?\b/i,
  /空闲\s{0,2}[=:：[]?\s{0,2}(\d{1,7})\s{0,2}(秒|分钟|毫秒|s|ms)/,
].map(gated)
const KEEP_ALIVE = gated(
  /长连接|保持连接|keep-?alive|persistent connection|kept open|\b(?:kept|kept-alive) (?:connection|channel|session|socket)|long[- ]lived connection|reus(?:e|ing) connection|\breused[=:]\s?true\b|\bkeep[_-]open[=:]\s?(?:yes|true|on|1)\b/i,
)

/** `conn_wait_ms=5186`, `"poolWait":"1.2s"`, `connection_wait_time: 5186`. */
const POOL_WAIT = gated(
  /\b(?:conn(?:ection)?|pool|acquire|lease|checkout)_?wait(?:ed)?_?(?:time)?_?(?:ms|millis)?["']?\s?[=:]\s?["']?(\d{1,9}(?:\.\d{1,6})?)\s?(ms|s)?(?![A-Za-z\d])/i,
)

const port = (text: string | undefined): number | undefined => {
  const n = Number(text)
  return text !== undefined && n > 0 && n <= 65535 ? n : undefined
}
const isIp = (text: string): boolean => /^(?:\d{1,3}\.){3}\d{1,3}$/.test(text) || text.includes(':')
const DEFAULT_PORT: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443 }

/** What is said of a limit, or of a wait that only begins: `等待应答 60000ms`, `timeout=8000ms`, `waiting up to 30s`. */
const LIMIT_AHEAD =
  /(?:等待[^\d\n]{0,6}|(?:超时|时限|限时)(?:时间)?[=:：(（ ]{0,2}|\b(?:time-?out[=:]|await\w{0,3}|wait(?:s|ing)?(?: \w{1,10}){0,3}|limit|deadline|up to|at most|(?:due|expected|expires?|needed|required)(?: (?:in|within|after))?|(?:will|gives?) \w{1,10}(?: \w{1,6})? (?:after|in|within)|(?:retry|retries|retrying|again|attempt|try)(?: in)?)[=: ]{0,3})$/i

const IN_MS = /ms["']?\s{0,2}[=:[(]{1,2}/i
/** The first length of time that is no limit; a line that states more than three tells nothing by them. */
function durationIn(text: string): RegExpExecArray | undefined {
  let rest = text
  for (let i = 0; i < 3; i++) {
    const m = first(DURATION, rest)
    const value = m?.[1]
    if (!m || value === undefined) return undefined
    const at = m.index + m[0].indexOf(value)
    if (!LIMIT_AHEAD.test(rest.slice(Math.max(0, at - 32), at))) return m
    rest = rest.slice(0, at) + rest.slice(at + value.length)
  }
  return undefined
}

/** Reads what a message says. Give it the message without its time and stack trace; ids of later lines would mislead. */
export function readText(message: string): TextFacts {
  const text = message.length > 4_000 ? message.slice(0, 4_000) : message
  const facts: Writable<TextFacts> = {}
  const put = <K extends keyof TextFacts>(name: K, value: TextFacts[K]) => {
    if (value !== undefined) facts[name] = value
  }
  const idle = first(IDLE, text)
  const duration = durationIn(text)
  put('terminal', first(TERMINAL, text)?.[1])
  put('merchant', first(MERCHANT, text)?.[1])
  put('stan', first(STAN, text)?.[1])
  put('requestId', first(REQUEST, text)?.[1])
  put('responseCode', first(CODE, text)?.[1])
  // The unit may be in the name: `duree_ms: 141.0`.
  const unit = duration?.[2] === '' || IN_MS.test(duration?.[0] ?? '') ? 'ms' : duration?.[2]
  put('durationMs', duration && toMs(duration[1], unit, /\./.test(duration[1] ?? '') ? 's' : 'ms'))
  const limits = readLimits(text)
  put('connectLimitMs', limits.connectMs)
  put('responseLimitMs', limits.responseMs)
  put('formerResponseLimitMs', limits.formerResponseMs)
  Object.assign(facts, bothEnds(text))
  put('sourcePort', facts.sourcePort ?? port(first(LOCAL_PORT, text)?.[1]))
  put('status', Number(first(STATUS, text)?.[1]) || undefined)
  put('version', first(VERSION, text)?.[1])
  put('idleSecs', idle && (toMs(idle[1], idle[2] === '' ? 'ms' : idle[2], 's') ?? 0) / 1000)
  const poolWait = POOL_WAIT.exec(text)
  put('poolWaitMs', poolWait ? toMs(poolWait[1], poolWait[2], 'ms') : undefined)
  put('keepAlive', KEEP_ALIVE.test(text) || undefined)
  return facts
}

/** The name that a failed lookup asked for. */
export const readLookedUp = (text: string): string | undefined => first(LOOKED_UP, text)?.[1]?.toLowerCase()

/** The dialled side as programs name it, the side that the words around addresses tell, and what addresses are left. */
function bothEnds(text: string): Dialled & Pick<TextFacts, 'sourceIp' | 'sourcePort' | 'addresses'> {
  const dialled: Writable<ReturnType<typeof readEndpoint>> = readEndpoint(text)
  const { source, destination, others, addresses } = readEnds(text)
  if (addresses.length === 0) return dialled
  const [only] = others
  if (!source && !destination && only) return withOnly(text, dialled, only, addresses)
  if (source) {
    if (dialled.domain === undefined && isSame(dialled, source)) {
      delete dialled.ip
      delete dialled.port
    }
    if (dialled.sourceIp === undefined) {
      dialled.sourceIp = source.ip
      if (source.port !== undefined) dialled.sourcePort = source.port
    }
  }
  if (destination) {
    const isOther = dialled.ip !== destination.ip
    // A name that was dialled at another port is another end: a proxy's line names it beside its own two.
    const isElsewhere =
      isOther && dialled.domain !== undefined && (dialled.port ?? destination.port) !== destination.port
    if (isElsewhere && source) delete dialled.domain
    if (isOther && dialled.domain === undefined) delete dialled.port
    if (!isElsewhere || source) Object.assign(dialled, destination)
  }
  const isAllSaid = addresses.every((a) => a === dialled.ip || a === dialled.sourceIp)
  return isAllSaid ? dialled : { ...dialled, addresses }
}
/** Of ends that no word tells apart: the dialled one, or the caller that stands before the name that it asks for, or the first. */
function withOnly(
  text: string,
  dialled: ReturnType<typeof readEndpoint>,
  only: End,
  addresses: readonly string[],
): Dialled & Pick<TextFacts, 'sourceIp' | 'sourcePort' | 'addresses'> {
  const { ip, port: at } = only
  const isDialled =
    dialled.ip === undefined ? dialled.domain === undefined || at === dialled.port : isSame(dialled, only)
  const isCaller =
    dialled.domain !== undefined && at !== undefined && at > 1023 && text.indexOf(ip) < text.indexOf(dialled.domain)
  // Whom an answer was awaited from is no caller.
  if (isDialled && dialled.sourceIp === ip) {
    const { sourceIp: _, sourcePort: __, ...rest } = dialled
    return withOnly(text, rest, only, addresses)
  }
  const placed = isDialled ? { ...dialled, ...only } : isCaller ? { ...dialled, sourceIp: ip, sourcePort: at } : dialled
  return addresses.every((a) => a === placed.ip || a === placed.sourceIp) ? placed : { ...placed, addresses }
}
const isSame = (dialled: Dialled, end: End): boolean =>
  dialled.ip === end.ip && (dialled.port === undefined || dialled.port === end.port)

/** Source files with their line are no hosts. */
const SOURCE_FILE =
  /\.(?:lua|py|go|m?js|tsx?|c|cpp|cxx|h|hpp|java|kt|cs|vb|rb|php|erl|exs?|hs|scala|swift|groovy|clj|pm|dart|kts|psm1|ps1|lhs|nim|zig)$|^[^.]{1,63}\.(?:cc|pl|rs|sh)$/i
/** And neither are the categories of Boost's errors with their numbers: `[boost.beast:1]`, `[asio.ssl:167772294]`. Source: error_code::to_string. */
const ERROR_CATEGORY = /^(?:boost|asio|beast)\.[a-z_.]{2,30}$/
function pairIn(text: string): RegExpExecArray | null {
  let rest = text
  for (let i = 0; i < 4; i++) {
    const pair = PAIR.exec(rest)
    if (!pair || !(SOURCE_FILE.test(pair[1] as string) || ERROR_CATEGORY.test(pair[1] as string))) return pair
    rest = rest.slice(pair.index + pair[0].length)
  }
  return null
}

/** Only the dialled side and, where the text has both ends, the own one. */
export function readEndpoint(text: string): Dialled & Pick<TextFacts, 'sourceIp' | 'sourcePort'> {
  const arrow = ARROW.exec(text)
  if (arrow) {
    const dialled = placed(undefined, arrow[3], port(arrow[4]))
    const ownPort = port(arrow[2])
    return {
      ...(arrow[1] !== undefined && { sourceIp: arrow[1] }),
      ...(ownPort !== undefined && { sourcePort: ownPort }),
      ...dialled,
    }
  }
  const url = URL.exec(text)
  // Where the message is explained is not where somebody called: `cURL error 28: … (see https://curl.haxx.se/…) for https://…`.
  if (url && isHelp(text.slice(Math.max(0, url.index - HELP_BEFORE), url.index)))
    return readEndpoint(text.slice(0, url.index) + text.slice(url.index).replace(/^\S+/, ''))
  if (url) return place(url[2] as string, port(url[3]) ?? DEFAULT_PORT[(url[1] as string).toLowerCase()])
  const pool = HOST_PORT.exec(text) ?? HOST_SLASH.exec(text)
  if (pool) return place(pool[1] as string, port(pool[2]))
  const slashed = SLASHED_PART.test(text) && SLASHED.exec(text)
  if (slashed) return placed(slashed[1], slashed[2], port(slashed[3]))
  const pair = pairIn(text)
  const at = pair ? port(pair[2]) : undefined
  if (pair && at !== undefined) {
    // Whom a server hears from is not whom it calls.
    const before = pair.input.slice(Math.max(0, pair.index - 8), pair.index + 1)
    const ip = FROM.test(before) && !isCalledPeer(text, before, at) ? isIp(pair[1] as string) : false
    return ip ? { sourceIp: pair[1] as string, sourcePort: at } : place(pair[1] as string, at)
  }
  const looked = first(LOOKED_UP, text)
  if (looked) return placed(looked[1], undefined, undefined)
  const bare = BARE_IP.exec(text)
  return bare && isAddress(bare[1] as string) ? placed(undefined, bare[1], undefined) : {}
}

const HELP =
  /\b(?:see|visit|refer to|read|more (?:info|information|details)(?: at)?|docs?|documentation)(?: also)?[:( ]{1,3}$/i
/** `(Please take a look at this article for some common client-side issues that can cause timeouts: https://…)` */
const ARTICLE =
  /\b(?:please (?:take a look|see|refer|read|visit)|(?:this|following) (?:article|page|guide)|learn more|troubleshooting)\b[^.;|\n]*$/i
const HELP_BEFORE = 140
const isHelp = (before: string): boolean => HELP.test(before) || ARTICLE.test(before)
const FROM = /\b(?:from|peer|client|local|laddr|source|src|bound to)[ =:]{1,2}$/i
const isAddress = (ip: string): boolean => isIP(ip) !== 0 && !/^(?:0\.|255\.255\.(?!255\.255))/.test(ip)
function place(host: string, at: number | undefined): Dialled {
  const name = host.replace(/^\[|\]$/g, '')
  return isIp(name) ? placed(undefined, name, at) : placed(name.toLowerCase(), undefined, at)
}
/** Without what is not known. */
function placed(domain: string | undefined, ip: string | undefined, at: number | undefined): Dialled {
  const found: Writable<Dialled> = {}
  if (domain !== undefined) found.domain = domain
  if (ip !== undefined) found.ip = ip
  if (at !== undefined) found.port = at
  return found
}
