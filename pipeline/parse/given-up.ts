import type { Phase } from '../../schemas/vocabulary.js'
import { gated } from './gate.js'
import { SPAN } from './span.js'
import { notWithinAt } from './within-words.js'

/**
 * Whether a line of software that nobody here knows says that a wait of its own ran out, and for what it waited. What tells is the language:
 * words for a limit that ran out, or for an answer that did not come, in a sentence that is no setting, count, condition or success.
 */

/** A wait that ran out, in the words of many languages; ETIMEDOUT as C libraries translate it (strerror) and what programs say of their own. */
const RAN_OUT: readonly RegExp[] = [
  // `timed out`, `ConnectionTimeout`, `NET_ERR_TIMEOUT`, `{timeout,…}`, `(timeout)`, `T/O 30S`, `TCP_CONNECT_TMO`.
  /\btim(?:ed|ing)[- _]?out\b|TimedOut\b|TIMED_OUT\b|[a-z]Time[oO]ut(?:Error|Exception)?\b(?! ?[=:(]|[. ]{1,60}\d)|[A-Z]_TIME_?OUT\b(?! ?[=:] ?\d)|(?:_|\b)TMO\b(?! ?[=:]? ?\d)|\bT\/O\b|e?timedout\b/,
  /[({[:,;|] ?["']?time-?out["']?(?:[)}\]]|,\{|[;|]| ?$)|: time-?out[.!]?$|=> ?time-?out\b/i,
  // What a field of an error says: `err=deadline`, `result: no_reply`.
  /\b(?:err(?:or|_code)?|reason|result|status|cause|outcome|why|ret|fail(?:ure)?)["']?\s?[=:]\s?["']?(?:deadline(?:_exceeded)?|time-?out|timed[ _-]?out|tmo(?:ut)?|expired|etimedout)(?![\w-])(?!\s?[=:]\s?\d)/i,
  // What was done with an address: `connect 192.0.2.9:6100 timeout`.
  /\b(?:connect|dial|open|recv|receive|read|send|write)(?:ing)?(?: to| from)? [\w.-]{1,255}:\d{1,5}:? time-?out\b(?! ?[=:(]? ?\d)/i,
  // What a function of the program's own says of its wait: `tcp_connect: poll timeout 8000 ms fd=16`.
  /\b\w{0,24}(?:connect|recv|read|write|send|open)(?:_\w{1,12})?(?:\(\))?: (?:\w{1,8} )?time-?out\b(?! ?(?:=|set\b|is\b|to \d))/i,
  // The noun with a word of its end beside it.
  /\btime-?out (?:error|failure|occurr?ed|expired|exceeded|reached|elapsed|hit|fired|triggered|detected|while|when|waiting|a?waiting|before|during|on|to|from|for|after|contacting|connecting|reading|writing|receiving|sending|talking|communicating|in)\b/i,
  /\b(?:due to|because of|caused by|reason(?: is)?[:=]?|after|by|exceeded|reached|hit|got|had) (?:an? |the |its )?(?:\w{1,16}[ -]){0,3}time-?out\b(?! ?(?:of|[=:(])? ?\d)/i,
  /\b(?:first byte|between bytes|send|receive|recv|read|write|connect(?:ion)?|socket|network|host|server|comms?|communication|response|reply|answer|request|transaction|txn|upstream|gateway|proxy|handshake|login|ack|open|ssl_\w{1,24}|poll|rx|tx|tcp|ping|heartbeat|keep-?alive|dns|query|lookup) time-?out\b(?! ?(?:is|was|set|value|of|to \d|[=:(]) ?\d|\s{0,2}[=:] ?\S|-| ?\d(?!\d{0,2}\.\d{1,3}\.\d))/i,
  /\bissuing timeout|exceeded (?:its |the )?time-?out|did not complete within|exceeds? (?:the )?time-?out|(?:poll|select|epoll_wait)\(\) returned 0\b|\binactive for too|\btimer .{0,16}expired|\b(?:wait|response|answer|reply|read|connect) limit (?:was |has been )?(?:reached|exceeded|expired|hit)|within the timeout|deadline .{0,24}(?:fired|passed|missed|expired|exceeded|elapsed)|time limit .{0,24}(?:reached|exceeded|expired)|took longer than .{0,80}abort/i,
  /\b(?:fail\w{0,3}|error|unable|cannot|could not)\b.{0,200}[a-z]_time_?out\b(?! ?[=:] ?\d)/i,
  // Other languages.
  /Zeit.{1,2}berschreitung|Zeitlimit .{0,24}(?:berschritten|abgelaufen|erreicht)|Wartezeit .{0,40}abgelaufen|keine Antwort (?:von|vom|innerhalb|nach)|antwortet nicht/i,
  /d.{1,2}lai (?:(?:d.{1,3}attente|imparti|maximum|de (?:connexion|r.{1,2}ponse)).{0,40})?(?:d.{1,2}pass|expir|.{0,2}coul)|(?:expiration|d.{1,2}passement) du d.{1,2}lai|(?:aucune|pas de) r.{1,2}ponse (?:du|de|dans)|ne r.{1,2}pond pas/i,
  /tiempo (?:de (?:espera|conexi.{1,2}n)|l.{1,2}mite)?.{0,40}(?:agotad|excedid|superad|expir)|(?:expir|se agot).{1,2} el tiempo|sin respuesta (?:de|del|en)|no responde/i,
  /tempo (?:limite |de espera |esgotado |m.{1,2}ximo )?.{0,32}(?:esgotad|excedid|expirad|ultrapassad|atingid)|tempo esgotado|sem resposta (?:do|da|de|em)|n.{1,2}o respond(?:e|eu)/i,
  /tempo (?:di attesa |scaduto|massimo ).{0,24}(?:scadut|superat|esaurit)|tempo scaduto|timeout scaduto|nessuna risposta|non risponde/i,
  /(?:превышен\S{0,3}|истекл\S{0,2}|вышло) .{0,32}(?:врем\S{1,4}|ожидани\S{1,3}|тайм-?аут|интервал)|(?:время|тайм-?аут|таймаут) .{0,40}(?:истекл|превышен|вышл)|тайм-?аут (?:соединени|подключени|ожидани|ответа|операци|чтени)|нет ответа (?:от|в течение)|не отвечает/i,
  /przekroczon\S{1,3} (?:limit |maksymaln\S{1,3} )?czasu?|up[łl]yn[ąa][łl] (?:limit )?czasu?|zaman a[şsþ][ıiý]m[ıiý]|s[üu]re(?:si)? (?:doldu|a[şsþ][ıiý]ld[ıiý]|bitti)|(?:verbinding|tijdslimiet|wachttijd) .{0,32}(?:verlopen|overschreden|verstreken)|geen antwoord (?:van|binnen|ontvangen)|Frist .{0,40}(?:verstrichen|abgelaufen|berschritten)|\bohne Antwort\b|tidsgr[äa]ns|tidsfrist|(?:inget|intet|ikke|ingen) svar|aikakatkaisu|hết thời gian|quá thời gian/i,
  // Greek; Indonesian and Malay; Czech and Slovak; Romanian; Hungarian; Thai.
  /(?:λήξη|έληξε|εξαντλήθηκε) .{0,16}χρόνο|(?:batas )?waktu .{0,40}(?:habis|terlampaui|terlewati)|habis[_ ]waktu|tidak ada (?:jawaban|respons|balasan)|vypršel|(?:časový limit|doba) .{0,24}(?:překročen|uplynul|prekročen)|žádná odpověď|a expirat (?:timpul|termenul)|timp(?:ul)? .{0,40}(?:expirat|depășit)|fără răspuns|időtúllépés|nem érkezett válasz|túllépte .{0,24}(?:határid|id[őo])|lejárt .{0,16}id[őo]|หมดเวลา|ไม่(?:ได้รับ|มี)(?:การ|คำ)?ตอบ/i,
  // Finnish, Estonian; Norwegian; Croatian, Serbian, Slovenian; Bulgarian, Ukrainian; Latvian, Lithuanian; Hebrew, Arabic, Persian, Hindi.
  /ei vastausta|aika .{0,24}(?:ylit|loppui)|ooteaeg .{0,24}(?:täis|ületat)|aegus|tidsavbrudd|istek(?:lo|la) .{0,12}(?:vrijeme|vreme)|(?:vrijeme|vreme|čas) .{0,32}(?:isteklo|potekel)|nema odgovora|brez odgovora|(?:времето|час(?:у)?) .{0,40}(?:изтече|вичерпан|минув|сплив)|няма отговор|немає відповіді|noildze|iestājās taimauts|laukimo laikas .{0,24}(?:baigė|viršy)|פג הזמן|תם הזמן|אין תגובה|انته(?:ت|اء) .{0,12}(?:المهلة|مهلة|الوقت)|مهلت .{0,24}(?:پایان|تمام)|समय समाप्त|कोई (?:जवाब|उत्तर) नहीं/i,
  // That nobody answers, by the verb.
  /(?<![A-Za-zÀ-ž])(?:(?:hat |habe )?nicht (?:geantwortet|reagiert)|reagiert nicht|keine (?:Antwort|Reaktion)|(?:antwoordt|reageert|antwoordde|reageerde) niet|geen (?:antwoord|reactie)|svar(?:ar|ade|er|ede|te) (?:inte|ikke)|(?:utan|uten|uden) svar|ei (?:vastaa|vastannut|vasta|vastanud)(?![A-Za-zÀ-žа-я])|vastust ei|n['’]a pas r[ée]pondu|sans r[ée]ponse|no (?:ha )?respond(?:i[oó]|ido)|sin respuesta|sem resposta|non (?:ha )?risposto|senza risposta)/i,
  /(?<![A-Za-zÀ-ž])(?:neodpov[ěe]d[ěe]?l[a-zà-ž]?|neodpov[íi]d[áa]|neodpoved[áa]|nereag(?:uje|oval[a-zà-ž]?)|bez odpov[ěe](?:di|dě|de)|[žz][áa]dn[áa] odpov[ěe][dď]|nie (?:odpowiada|odpowiedzia[łl][a-zà-ž]?|reaguje)|(?:brak|bez) odpowiedzi|nem v[áa]laszol[a-zà-ž]?|nincs v[áa]lasz|v[áa]lasz n[ée]lk[üu]l|nu (?:a )?r[ăa]spun(?:de|s)|f[ăa]r[ăa] r[ăa]spuns|niciun r[ăa]spuns|(?:yan[ıi]t|cevap) (?:yok|al[ıi]namad[ıi]|ver(?:miyor|medi|ilmedi))|nije odgovori(?:o|la)|(?:se )?ne odaziva|bez odgovora|neatsako|n[ėe]ra atsakymo|neatbild|nav atbildes)/i,
  /не (?:отговори|ответил[аио]?|відповів|відповідає|отвечает)(?![A-Za-zÀ-žа-я])|без (?:отговор|ответа|відповіді)|δεν (?:απαντά|απάντησε|υπάρχει απάντηση)|χωρίς απάντηση|kh[ôo]ng (?:ph[ảa]n h[ồo]i|tr[ảa] l[ờo]i)|tidak (?:me(?:respons?|njawab))|tanpa (?:jawaban|respons)/i,
  /タイムアウト(?!(?:値|時間|設定|は|=|:))|応答(?:が|は)(?:あり|返(?:り|って)|来)ま?せん|無応答|시간 ?(?:이 )?초과|제한 ?시간 ?(?:안에|내에|을 ?넘)|응답(?:이)? ?없(?:음|습니다)|逾時(?!(?:時間|設定))/,
]

/** An answer that did not come, or the end of patience. */
const NO_ANSWER: readonly RegExp[] = [
  /\bno (?:\w{1,16} ){0,2}(?:response|repl(?:y|ies)|answers?|acks?|acknowledge?ments?|confirm(?:ation)?|syn-?ack|(?:server ?)?hello|banner|greeting|heart ?beats?|echo|pong|reaction)\b(?: \w{1,12}){0,3}(?: (?:from|within|after|in|for|since|before|to|by)\b|:)|\bno 0[1-8][13]0 (?:from|for|within|after|in)\b|\bNO[ _]RESPONSE\b|\b(?:reply|response|answer|ack|confirm(?:ation)?|hello|banner|greeting|data) (?:was |were |has )?not (?:been )?(?:received|seen|arrived)|\bno (?:response|reply|answer)(?: was)? received|\(no (?:response|reply|answer)|\d ?(?:ms|s|sec) no (?:response|reply|answer|data)\b/i,
  /(?<!\()\bno[_-](?:answer|response|reply|resp|rsp)\b(?![_-]?(?:count|s\b|rate)|["']?\s?[=:]\s?(?:0|false|null))|\bno[ _-](?:resp|rsp|ans)(?![a-z])|\bNO_?REPLY\b|\bno connection (?:with)?in \d|\bUser timeout caused connection failure/,
  /\b(?:did|does|do|has|have|is|was|will|are)(?: not|n't) (?:yet )?(?:respond(?:ed|ing)?|answer(?:ed|ing)?|repl(?:y|ied|ying)|acknowledged?|receive[d]? (?:an? |any )?(?:response|reply|answer|ack)|heard from)\b|\bnot (?:responding|answering|replying)\b|\bHOST NOT RESP/i,
  /\bwithout (?:an? |any |getting (?:an? )?)?(?:answer|reply|response|ack)\b|\bunanswered\b|\bnever (?:answered|replied|responded|arrived|came)|(?:nothing|none) (?:came|arrived|was received|received)\b|have not heard from/i,
  /\b(?:gave|giv(?:e|es|ing)) up\b.{0,24}\b(?:t[cr]|to|tmo|time-?out|limit)\s?[=:]\s?\d|\b(?:gave|giv(?:e|es|ing)) up\b.{0,60}(?:after|wait|connect|retr|on |attempt)|(?:wait|connect|answer|respon|repl|came|retr|attempt).{0,60}\b(?:gave|giv(?:e|es|ing)) up\b|\babandon(?:ed|ing)?\b.{0,40}(?:after|wait)|(?:unanswered|waiting|wait).{0,40}\babandon/i,
  /\bnot (?:be )?(?:received|completed?|finished|established|delivered|answered) (?:with)?in\b|\bexpired (?:in (?:the )?(?:pending|wait|queue|table)|while|waiting|before|after \d)|\bwaited .{1,24} (?:for|but)\b.{0,60}(?:nothing|no |not |but)/i,
  new RegExp(
    String.raw`\b(?:no(?! (?:errors?|alarms?|changes?|updates?|failures?|loss|problems?|incidents?|issues?|limit|more|longer|action|auth(?!ori[sz]ation (?:from|by))|attempts?|activity|traffic))|nothing|none|silent) [^;[\](){}]{0,120}\b(?:within|after|in the last) ${SPAN}`,
    'i',
  ),
  new RegExp(String.raw`\bnot (?:\w{1,16} ){0,3}(?:within|in time\b|inside) ?${SPAN}?`, 'i'),
  /\bNO CARRIER\b[^\n]{0,24}\(\d{3,6} ?ms\)|\bmissed (?:\d{1,3} )?(?:heart ?beats?|keep-?alives?|pings?)\b|heart ?beats? (?:missed|missing|lost)|(?:ping|heart ?beat|echo|keep-?alive|echo-?reply) (?:reply )?(?:not received|lost|missing|failed)|no messages .{0,60}received in the last|stale (?:client )?connection|(?:READER|ALL|WRITER)_IDLE\b|peer .{0,48}is dead/i,
  /(?:等待|等|接收|收)[^\n]{0,24}(?:未到|未收到|没有收到|没收到|无回应|没有回应)|(?:未|没)(?:有)?(?:收到|返回|回应|响应|应答)[^\n]{0,16}(?:放弃|超时|重发|冲正|结束)|(?:时间|等待|耗时)过长[^\n]{0,12}(?:中止|放弃|断开|失败)|(?:\d ?秒|时间|限时|期限|规定)内(?:没有|未|无)|[无没](?:有)?(?:回包|回应|应答|响应)|(?:超时|放弃)(?:返回|退出|断开|处理)|超过[^\n]{0,6}(?:时限|限时|期限)|未收到[^\n]{0,12}(?:应答|响应|回应|返回)[^\n]{0,40}(?:失败|异常|放弃|超时|重发|冲正|结束|毫秒)/,
]

/** Not said of a wait that ran out now. */
const NO_CLAIM: readonly RegExp[] = [
  // Settings, options, counts.
  /(?:^|\s)--[\w-]*time-?out|\btime-?outs?["']?\s?[=:]\s?["']?(?:0(?:[.,]0{1,6})?(?:m?s)?(?![.,]?\d)|false|none|null|off|disabled|no(?! ?\w))\b|\btimed_?out["']?\s?[=:]\s?["']?(?:0|false|no|null)\b/i,
  /(?:\b(?:0|no|zero|without|not|never|any)|[未没无]) ?(?:\w{1,12} )?(?:timed[- ]?out|time-?outs?|超时)\b(?! ?(?:from|after))|未超时|没有超时|无超时/i,
  /\btime-?outs? (?:has been |have been |was |were |is |are |now |value |handler |policy |parameter |setting |option )*(?:set|changed|configured|updated|registered|cleared|disabled|enabled|removed|increased|decreased|raised|lowered|doubled|reset|adjusted|extended|restored|loaded)\b|\btime-?out \S{1,12} set\b/i,
  /\b(?:set(?:ting)?|chang(?:e|ed|ing)|configur(?:e|ed|ing)|us(?:e|ing)|load(?:ed|ing)?|increas(?:e|ed|ing)|rais(?:e|ed|ing)|lower(?:ed|ing)?|with(?: an?| the)?|default|new|start(?:ed|ing)?|arm(?:ed|ing)?|stop(?:ped)?|executed) (?:\S{1,24} ){0,4}["']?(?:\S{0,24}[ _-])?(?:time-?outs?|timers?)\b(?!.{0,60}(?:exceeded|expired|error|fail))/i,
  // Conditions, plans, what did not happen.
  /\b(?:will|would|shall|should|may|might|could|can|must)(?! not|n't) .{0,60}(?:time[- ]?out|timed out)|\b(?:if|unless|until|in case|when(?:ever)?|before|to (?:provoke|avoid|prevent|simulate)) (?:\S{1,24} ){0,8}(?:time-?outs?|timed out)\b(?! ?(?:after|expired))/i,
  /\b(?:within|under|below|near(?:ing)?|close to|less than|接近|小于) (?:the )?(?:time-?out|limit)(?! \d{1,2}:)|slow (?:response|query|request)/i,
  // It went well afterwards.
  /\b(?:recovered|restored|cleared|re-?connected|re-?established|resumed|answers? again|back (?:up|online|to normal))\b|\b(?:succe(?:eded|ss\w{0,5})|approved|connected(?! (?:party|host))|completed|passed|answered|ok) (?:\S{1,12} ){0,5}(?:after|despite|on|at|in)\b.{0,60}(?:time-?out|timed out|retry|attempt)|(?:重发|重试|重连|恢复)[^\n]{0,4}成功|已恢复|应答正常/i,
  /\b(?:earlier|previous|prior|last (?:attempt|time|try)|former|first attempt)\b.{0,24}(?:time-?out|timed out)/i,
  /\b(?:response|reply|answer)s? (?:was |were )?(?:received )?(?:for|to|of) (?:an? |the )?(?:\w{1,16} ){0,2}that (?:has |had )?(?:already )?timed out|\blate (?:response|reply|answer)\b/i,
  // Ended by design or by people.
  /\b(?:user|operator|customer|cashier|clerk) (?:cancel|abort|interrupt)|(?:cancel(?:l?ed)?|aborted) by (?:the )?(?:user|operator|customer|cashier)|\b(?:idle|inactivity|session|login|logon|transfer|lease|token|cache) time-?out\b.{0,80}(?:as configured|by design|on demand|logged out|closing|closed|disconnect)|closing idle connections|auto-?logout|\blogged (?:out|off)\b|no transfer timeout/i,
]

/** What waits besides programs for the network: people, devices of one's own, tables of routes and neighbours, jobs, locks. */
const OTHER_WAITS: readonly RegExp[] = [
  /\b(?:customer|cardholder|operator|user input|keyboard|door|drawer|scanner|printer|paper|sensor|usb|mmc|nvme|ata\d|scsi|i2c|hardware|interrupt|firmware|device descriptor|disk|battery|gpio|serial port|modem init)(?![(=\w]).{0,80}(?:tim(?:ed?|ing)[- ]?out|超时)|tim(?:ed?|ing)[- ]?out\b.{0,60}\b(?:customer|cardholder|user input|for input|operator|card(?!inal|(?:holder)? (?:was )?(?:not|never) (?:charged|debited))|printer|paper|hardware|interrupt|device|key ?press|PIN)\b|\b(?:PIN|signature|password|customer|cardholder|cashier|operator)\b.{0,40}\b(?:not|no|never)\b|\bcard\b.{0,24}\b(?:not|no|never) (?:card\b|read|insert|present|enter|remov|detect|support|tapp|swip|respond|found)|\b(?:menu|screen|display|form|dialog|page) time-?out/i,
  /(?:用户|客户|收银员?|操作员|持卡人|签名|签字|界面|菜单|屏幕|输入)[^\n]{0,8}超时|(?:模[块组]|打印机|读卡器|密码键盘|扫码(?:枪|头)|PSAM卡?|SIM卡|钱箱)[^\n]{0,8}(?:无响应|未响应|超时)/,
  /\b(?:arp|neighbou?r|route|routing|mac|fdb|igmp|lease|cache|entry|binding|lock\w{0,4}|mutex|semaphore|deadlock|flock|lacp|stp|rip|ospf|bgp|vrrp|lldp)\b.{0,60}(?:tim(?:ed?|ing)[- ]?out|aged out|expired)|tim(?:ed?|ing)[- ]?out\b.{0,40}\b(?:lock|mutex|semaphore)\b/i,
  // Not TCP: whom the boxes themselves ask.
  /\b(?:RADIUS|SNMP|NTP|TFTP|TACACS)\b|\bsnmp_|\budp:|\(UDP\)|^Timeout, client not responding\.$/i,
  // Cards, keys, paper and screens in other languages of tills.
  /\bPIN\b.{0,40}(?:zeit|d.{1,2}lai|tiempo|tempo|czas|время|时间|thời gian)|(?:zeit|d.{1,2}lai|tiempo|tempo|czas|время|thời gian).{0,40}\bPIN\b|Kartenleser|Karte (?:stecken|einf|lesen)|lecteur de carte|lector de tarjeta|leitor de cart|lettore (?:di )?cart|kortl[äæ]s|kaartlezer|считывател|カードリーダ|카드 ?리더|(?:quẹt|đọc|cắm|chạm) thẻ|บัตร|เครื่องพิมพ์|หน้าจอ|รหัส|สแกนเนอร์|Drucker|imprimante|impres(?:ora|sora)|stampante|skrivare|принтер|プリンタ|프린터|máy in\b|yaz[ıi]c[ıi]\b|Bildschirm|[ée]cran\b|pantalla|schermo|sk[äj][äe]rm|экран|画面|화면|màn hình|Kassierer|caissi[eè]re?|cajer[oa]|cassiere|kass[öo]r|кассир|thu ngân|kasiyer/i,
  /\bHandshake for peer \d|\bJob \S{1,120} timed out|State '[\w-]{1,32}' timed out|(?:start|stop|reload)(?:-\w{1,16})? operation timed out|script .{0,40}timed out|\bwatchdog\b|build timed out/i,
]

const gate = (patterns: readonly RegExp[]) => patterns.map(gated)
const UNANSWERED = gate(NO_ANSWER)
const CLAIMS = [...gate(RAN_OUT), ...UNANSWERED]
/** A status that somebody else's server gave in time. */
const STATUS = gated(/\b(?:408|504|522|524)\b.{0,24}(?:time-?out|timing out)|Gateway ?Time-?out/i)
const REFUSALS = gate(NO_CLAIM)
const ELSEWHERE = gate(OTHER_WAITS)

/** True of a line that only speaks of limits, of things to come or of what went well, or of a wait that is not the network's. */
export const isNoClaim = (line: string): boolean =>
  REFUSALS.some((g) => g.test(line)) || ELSEWHERE.some((g) => g.test(line))

/** True of a line that says that an answer did not come, whatever limit it states beside it. */
export const isUnanswered = (line: string): boolean => UNANSWERED.some((g) => g.test(line))

/** @returns where the line says that a wait ran out; undefined where it does not */
export function givenUpAt(line: string): number | undefined {
  for (const claim of CLAIMS) {
    const m = claim.exec(line)
    if (m) return STATUS.test(line) || isNoClaim(line) ? undefined : m.index
  }
  const reached = notWithinAt(line) ?? limitReachedAt(line)
  return reached === undefined || isNoClaim(line) ? undefined : reached
}

const LIMIT = gated(/time-?out\w{0,12}["']?[ =:(]{1,3}(\d{2,7}) ?ms\b/i)
const TOOK = /\b(\d{2,7}) ?ms\b/g
const ENDED_BADLY = /cancel|abort|fail|error|avbr|abgebr|annul|interr|przerw|中止|取消|失败/i
/** A cancel after as long as the limit that stands beside it was made by the limit: `transferTimeout 1200 ms, 1202 ms since POST`. */
function limitReachedAt(line: string): number | undefined {
  const m = LIMIT.exec(line)
  if (!m || !ENDED_BADLY.test(line)) return undefined
  const limit = Number(m[1])
  const rest = line.slice(0, m.index) + line.slice(m.index + m[0].length)
  const isReached = [...rest.matchAll(TOOK)].some(([, ms]) => Number(ms) >= limit && Number(ms) <= limit * 2)
  return isReached ? m.index : undefined
}

/** What was waited for, by the words of the sentence; the first that fits. */
const PHASE_WORDS: readonly (readonly [RegExp, Phase])[] = [
  [
    /\bSYN\b|\bno[ _]link\b|\bNO CARRIER\b|\b(?:comms?|tcp|sock(?:et)?|line|channel|host)[ _]open\b|\bopen (?:fail\w{0,3}|time-?out|err\w{0,2})\b|(?:cannot|could not|can't|unable to|fail\w{0,3} to|failed|error) (?:\w{1,12} )?connect(?:ing|ion)?\b/i,
    'connect',
  ],
  [
    /\b(?:resolv(?:e|er|ing)|resolution(?! delay)|look-?ups?|nameserver|name server|DNS|getaddrinfo)\b|no servers could be reached|\.\d{1,3}[#:]53\b|(?<!报文|消息|数据|协议|参数|响应|应答|格式)解析|域名|名前解決|Namensaufl.{1,2}sung|호스트 ?이름|이름 ?(?:조회|확인|해석)|tên miền|имя (?:хоста|узла)|nam[ae] (?:host|domain)|jmén[oa] |numele |név(?: nem)? ?(?:felold|oldható)|ชื่อ(?:โฮสต์|โดเมน)|nimen? (?:selvit|haku)|ime host|име(?:то)? на|ім.{0,2}я (?:хоста|вузла)/i,
    'dns',
  ],
  [
    /\b(?:handshak(?:e|ing)|TLS|SSL|ssl_\w{1,24}|dtls|client ?hello)\b|握手|ハンドシェイク|conexi.{1,2}n segura|conex.{1,2}o segura|connessione sicura|connexion s.{1,2}curis|sichere.{0,2} Verbindung|beveiligde verbinding|s.{1,2}ker anslutning|защищ.{1,8} соединени|безопасн\S{0,3} соединени|安全连接|보안 ?연결|kết nối bảo mật|g.{1,2}venli ba|zabezpečen|conexiun\S{0,4} securizat|biztonságos kapcsol|ปลอดภัย|suojatt|sigurn\S{0,3} (?:vez|spaj)|защит\S{1,4} връзк|захищен|sikker forbind|ασφαλ\S{1,4} σ|\bsecure (?:connection|channel|link)\b/i,
    'tls',
  ],
  [
    /\b(?:heart-?beats?|keep-?alives?|idle|inactiv\w{1,5}|stale|pings?|PINGRESP|pong|echo-?reply|no messages|is dead)\b|(?:READER|ALL|WRITER)_IDLE|keepalive_|exceeded timeout, disconnect|心跳|空闲|保活/i,
    'idle',
  ],
  [
    /\bwait(?:ing)?(?: for)? (?:MTI )?0[1-8][13]0\b|\b(?:reply|repl(?:y|ies)|respon(?:d|se|ding)|answer\w{0,3}|ack(?:s|nowledge?ment)?|read|recv|receiv\w{1,4}|NetRecv|async_read|first byte|greeting|waiting for (?:data|the \d{4}|(?:the |a )?(?:frame|message|telegram))|esperando (?:la |el )?(?:trama|mensaje|datos|respuesta)|attente de (?:la )?trame|warte auf (?:das )?Telegramm|during query|lost connection|transaction time-?out)\b|Lost connection|Response|Read|Recv|Réponse|r.{1,2}ponse|respuesta|resposta|risposta|Antwort|ответ|応答|应答|响应|回包|返回|\b(?:antwoord|lezen|svar|yan[ıi]t|vastau|jawaban|respons\b|balasan|terima|odpov|odpowied|cevap|odgovor|válasz|vastus|atbild|atsak)|răspuns|απ[αά]ντησ|отговор|відповід|ตอบ|תגובה|استجابة|NO_?REPLY|TERIMA|응답|phản hồi/,
    'response',
  ],
  [
    /\b(?:connect(?:ing|s)?|connection (?:to|with|attempt|setup|establish\w{0,5}|failed|timed|time-?out)|re-?connect(?:ing)?|dial(?:l?ing)?|SYN|TCP_CONNECT\w{0,4}|tcp connection|connect_\w{1,16}|open(?:ing)? (?:a |the )?(?:tcp )?(?:socket|connection)|open socket|SO_ERROR|unable to connect|socket connect)\b|Connect(?:ion)?Time|_CONNECT|CONNECTION_T|Connection timed out|BufIConnect|Verbindung|connexion|conect(?:ar|ando|arse)|conexi.{1,2}n|conex.{1,2}o|connession|соединени|подключени|接続|(?:po)?[łl³].{1,2}czeni|csatlakoz|verbinding|anslutning|forbindelse|연결|접속|kết nối|ba[ğg]lant|yhteyden (?:muodost|avaa)|yhtey|σ[υύ]νδεσ|sambung|koneksi|spojen|conect[aă]r|kapcsol|เชื่อมต่อ|spajanj|\bvez[eou]\b|свърз|з.{0,2}єднан|tilkobl|ühend|savieno|prisijung|חיבור|اتصال|no connection|User timeout caused connection|\bopen\(\)|连接|建链|建连|連線/i,
    'connect',
  ],
]

/** @returns the phase that the words of a sentence name; undefined where they name none */
export function phaseByWords(line: string): Phase | undefined {
  // Words of an address name a place, not what was waited for.
  const near = line.slice(0, 600).replace(/\bhttps?:\/\/[^\s"')\]]{1,300}/g, ' ')
  return (
    wordsIn(near) ?? [...near.matchAll(STEP)].map(([, step = '']) => wordsIn(step.replace(/_/g, ' '))).find(Boolean)
  )
}
const wordsIn = (text: string): Phase | undefined => PHASE_WORDS.find(([words]) => words.test(text))?.[1]
/** What a field calls its step: `ev=await_reply`. */
const STEP = /[=:]\s?["']?([a-z]{2,16}_[a-z_]{2,24})(?![\w.=:-])/gi
