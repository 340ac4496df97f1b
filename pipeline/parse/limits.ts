import { gated } from './gate.js'
import { first, NUM, toMs, UNIT } from './text-amounts.js'

/** How long a program waits, in ms, as it says when it starts, is set anew or gives up. */
export type Limits = {
  readonly connectMs?: number | undefined
  readonly responseMs?: number | undefined
  /** What it was for the answer, where the text tells of a change. */
  readonly formerResponseMs?: number | undefined
}

const ENDPOINT = String.raw`\d{1,3}(?:\.\d{1,3}){3}(?:[:：]\d{1,5})?`
/** What stands before the former value of a limit that is changed, and between the two. */
const FROM = String.raw`["']?\s{0,2}(?:[=:]|(?:(?:was |is )?(?:changed|lowered|raised|set|cut|reduced) )?from\b)?\s{0,2}["']?`
const TO = String.raw`["']?\s{0,2}(?:->|=>|→|to)\s{0,2}["']?`
/** Of a limit that is changed, what it is from now on: `read-timeout-ms 4000 -> 400`, `readTimeout: 4s => 1s`. */
const CHANGED_TO = String.raw`${FROM}\d{1,9}(?:\.\d{1,6})?\s?(?:ms|s|secs?|seconds)?${TO}(${NUM})${UNIT}`
const ANSWER_LIMIT =
  '(?:read|response|recv|receive|reply|answer|socket|so|request|upstream|server|backend|proxy)[_ .-]?(?:read[_ .-]?)?time-?out(?:[_ .-]?(?:ms|millis))?'
/** `delai_connexion=5s`, `límites conexión=3 tls=3 respuesta=2.5`, `Zeitlimit Verbindung: 5 s` */
const IN_OTHERS =
  'd[eé]lais?|l[ií]mites?|limit[ai]|tiempos? (?:l[ií]mites?|m[aá]ximos?|de espera)|temp[io]? (?:limite|massim[io]|di attesa)|temps (?:limite|maximum|d.attente)|plazos?|prazos?|frist(?:en)?|zeitlimits?|wartezeit(?:en)?|czas|limity?|tidsgr[äa]ns|timeouts?'
const ofOthers = (names: string): RegExp =>
  new RegExp(
    String.raw`(?<![A-Za-z])(?:${IN_OTHERS})[^\n\d]{0,12}(?:[^\n]{0,60}?[\s,;(_])?(?:${names})(?:_ms)?["']?\s?[=:]\s?["']?(${NUM})${UNIT}`,
    'i',
  )
const CONNECTING =
  'connect\\w{0,4}|conn|spojen[íi]|p[řr]ipojen[íi]|pripojenie|conexi[oó]n|conex[aã]o|connexion|connessione|verbindung(?:saufbau)?|po[łl][aą]czeni[ae]|anslutning|tilkobling|forbindelse|verbinding|yhteys|kapcsol[oó]d[aá]s|liga[cç][aã]o|collegamento|ba[ğg]lan(?:t[ıi]|ma)|csatlakoz[aá]s[iu]?|koneksi|kết nối|σύνδεση|връзка|соединение|подключение|连接|接続|연결'
const ANSWERING =
  'response|reply|answer|read|odpov[ěe](?:[ďd]|di)|odpowied[źz]i?|respuesta|resposta|r[eé]ponse|risposta|antwort|antwoord|svar|vastaus|v[aá]lasz|yan[ıi]t|cevap|respons|phản hồi|απάντηση|отговор|ответ|应答|响应|応答|응답'
/** `resposta.timeout.ms`, `odpověď-limit` */
const OF_LIMIT = String.raw`[ ._-](?:time-?out|l[ií]mite?|limita|limit)(?:[ ._-]?(?:ms|millis))?`
const CONNECT_LIMIT = [
  ofOthers(
    'conexi[oó]n|conex[aã]o|connexion|connessione|verbindung(?:saufbau)?|po[łl][aą]czeni[ae]|anslutning|tilkobling|forbindelse|verbinding|liga[cç][aã]o|collegamento|conectare|conexiune|povezivanj[ae]|vez[ae]|yhteys|yhteyden',
  ),
  /\bct=(\d{3,6})\b[^\n]{0,40}\brt=\d{3,6}\b/,
  /\bconnect_ms=(\d{1,3}[05]00)\b[^\n]{0,60}\b(?:total|read|response)_ms=\d{1,3}[05]00\b/,
  new RegExp(String.raw`\b(?:connect(?:ion)?|dial|open)[_ .-]?time-?out(?:[_ .-]?(?:ms|millis))?${CHANGED_TO}`, 'i'),
  new RegExp(
    String.raw`连接[^\n=\d]{0,12}(?:${ENDPOINT}[^\n=\d]{0,6})?超时(?:时间)?\s{0,2}[=:：[(（]\s{0,2}(${NUM})${UNIT}`,
  ),
  new RegExp(
    String.raw`\b(?:(?:connect(?:ion)?|dial|open)[_ -]?time-?out(?:[_ -]?(?:ms|millis))?|connTimeout)["']?\s{0,2}(?:[=:[]|of\b|(?=\d))\s{0,2}(${NUM})${UNIT}`,
    'i',
  ),
  // As firmware shortens them: `conto=5000`, `open_tmo: 8000`.
  new RegExp(
    String.raw`\b(?:(?:conn?|cnx|open|dial)_?(?:to|tmo|tout)|c_?timeout)["']?\s{0,2}[=:]\s{0,2}(${NUM})${UNIT}`,
    'i',
  ),
  /\btimeout=\((\d{1,6}(?:\.\d{1,6})?),/,
  // httpx.Timeout and aiohttp.ClientTimeout as Python prints them.
  /\b\w{0,16}Timeout\([^()\n]{0,80}?\bconnect=(\d{1,6}(?:\.\d{1,6})?)/,
  // What a program calls its limits where it gives all of them: `{"dial": "4s", "tls": "4s", "header": "7s"}`.
  new RegExp(String.raw`"?\bdial"?\s?[=:]\s?"?(${NUM})(ms|s)\b`),
].map(gated)
/** What follows the name of a step where the two make the name of its limit. */
const OF_STEP =
  '(?:[ _-](?:limit|time-?out|s[ıi]n[ıi]r[ıi]|s[üu]re(?:si)?|hat[áa]rid[őo]|l[ií]mite|grens|gr[äae]nse?)|s?gr(?:ä|ae|æ|e)n[sz]e?n?|s?frist(?:en)?|s?limit|제한)?'
/** Both together, with their units: `(spojení 2000 ms, odpověď 4000 ms)`, `limit połączenia 2000 ms, limit odpowiedzi 3000 ms`. */
const BOTH_LIMITS = [
  new RegExp(
    String.raw`(?<![A-Za-zÀ-ž])(?:t_?)?(?:${CONNECTING})${OF_STEP}\s?[=:]?\s?(${NUM}) ?(ms|s|秒|초)(?![A-Za-z\d])[^\n\d]{1,16}(?<![A-Za-zÀ-ž])(?:t_?)?(?:${ANSWERING})${OF_STEP}\s?[=:]?\s?(${NUM}) ?(ms|s|秒|초)(?![A-Za-z\d])`,
    'i',
  ),
  // Or without, round numbers both: `tcp-connect=2000 tcp-reply=3500`.
  new RegExp(
    String.raw`(?<![A-Za-zÀ-ž])(?:${CONNECTING})=(\d{1,3}[05]00)()(?![A-Za-z\d.])[^\n\d]{1,16}(?<![A-Za-zÀ-ž])(?:${ANSWERING})=(\d{1,3}[05]00)()(?![A-Za-z\d.])`,
    'i',
  ),
  // In seconds: `connect=2.0 answer=3.5`.
  new RegExp(
    String.raw`(?<![A-Za-zÀ-ž])(?:${CONNECTING})=([1-9]\d?\.[05])()(?![A-Za-z\d.])[^\n\d]{1,16}(?<![A-Za-zÀ-ž])(?:${ANSWERING})=([1-9]\d?\.[05])()(?![A-Za-z\d.])`,
    'i',
  ),
].map(gated)
const RESPONSE_LIMIT = [
  ofOthers(
    'respuesta|resposta|r[eé]ponse|risposta|antwort|odpowied[zź]i?|svar|antwoord|r[aă]spuns(?:ul)?|odgovora?|vastaus|vastauksen|lectura|leitura|lecture|lettura|lesen',
  ),
  /\bct=\d{3,6}\b[^\n]{0,40}\brt=(\d{3,6})\b/,
  /\bconnect_ms=\d{1,3}[05]00\b[^\n]{0,60}\b(?:total|read|response)_ms=(\d{1,3}[05]00)\b/,
  new RegExp(String.raw`\b${ANSWER_LIMIT}${CHANGED_TO}`, 'i'),
  new RegExp(String.raw`(?<![A-Za-zÀ-ž])(?:${ANSWERING})${OF_LIMIT}${CHANGED_TO}`, 'i'),
  new RegExp(
    String.raw`(?:读超时|读取超时|应答超时|响应超时|接收超时|交易超时|通讯超时)(?:时间)?\s{0,2}[=:：[(]\s{0,2}(${NUM})${UNIT}`,
  ),
  new RegExp(
    String.raw`\b(?:(?:read|response(?:[_ -]?header)?|recv|receive|reply|answer|socket|so|request|txn|client)[_ -]?time-?out(?:[_ -]?(?:ms|millis))?)["']?\s{0,2}(?:[=:[]|of\b|(?=\d))\s{0,2}(${NUM})${UNIT}`,
    'i',
  ),
  new RegExp(
    String.raw`\b(?:(?:rsp|resp|rx|rcv|recv|read|ans|reply)_?(?:to|tmo|tout)|r_?timeout)["']?\s{0,2}[=:]\s{0,2}(${NUM})${UNIT}`,
    'i',
  ),
  /\btimeout=\(\d{1,6}(?:\.\d{1,6})?, ?(\d{1,6}(?:\.\d{1,6})?)\)/,
  /\b\w{0,16}Timeout\([^()\n]{0,80}?\b(?:sock_)?read=(\d{1,6}(?:\.\d{1,6})?)/,
  new RegExp(String.raw`\bdial\b[^\n]{0,60}"?\bheader"?\s?[=:]\s?"?(${NUM})(ms|s)\b`),
].map(gated)
/** `proxy_read_timeout 3s -> 140ms` */
const FORMER = gated(
  new RegExp(
    String.raw`(?:\b${ANSWER_LIMIT}|(?<![A-Za-zÀ-ž])(?:${ANSWERING})${OF_LIMIT})${FROM}(${NUM})\s?(ms|s|secs?|seconds)?${TO}\d`,
    'i',
  ),
)
/** A limit without a unit is seconds when small or fractional, as 2.0 or 30, and milliseconds from 100 on. */
const limit = (m: RegExpExecArray | undefined): number | undefined =>
  m === undefined ? undefined : toMs(m[1], m[2], Number(m[1]) >= 100 ? 'ms' : 's')

/** Reads the limits that a text states. */
export function readLimits(text: string): Limits {
  const both = first(BOTH_LIMITS, text)
  const unit = both?.[1]?.includes('.') ? 's' : 'ms'
  if (both) return { connectMs: toMs(both[1], both[2] || unit, 'ms'), responseMs: toMs(both[3], both[4] || unit, 'ms') }
  const former = FORMER.exec(text)
  return {
    connectMs: limit(first(CONNECT_LIMIT, text)),
    responseMs: limit(first(RESPONSE_LIMIT, text)),
    ...(former && { formerResponseMs: limit(former) }),
  }
}
