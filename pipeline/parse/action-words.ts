import type { Action } from '../../schemas/vocabulary.js'
import { gated } from './gate.js'

/** What a line without an error says. English and Chinese words of payment programs; the first that fits. */
const SAYS: readonly (readonly [RegExp, Action])[] = [
  // A method and where it goes, and nothing of what came back.
  [
    /^(?:GET|POST|PUT|PATCH|DELETE|[A-Za-z_]\w{0,40}\.(?:Get|Post|Put)) https?:\/\/\S{1,512}(?![^\n]{0,200}\b(?:[1-5]\d\d|\d{1,7} ?ms|fail\w{0,4}|error|exception|timed|refused|reset|ok|approved|done|completed)\b)/,
    'request-started',
  ],
  [
    /pressed CANCEL|cancel(?:l?ed)? by (?:user|operator)|user cancel|用户取消|取消交易|交易已?取消|撤销按键/i,
    'request-cancelled',
  ],
  // What is in force, not what is changed.
  [
    /\b(?:config(?:uration)?|settings|parameters) (?:was |were |has been |have been |successfully )?(?:loaded|read)\b[^\n]{0,120}(?:url|host|endpoint|server|gateway)\w{0,8}["']?[=:]|^(?:effective |loaded |current |active |using )?(?:config(?:uration)?|settings|parameters|options)\b[^\n]{0,80}(?:url|host|endpoint|server|gateway)\w{0,8}["']?[=:]/i,
    'program-started',
  ],
  [
    /\b(?:propert(?:y|ies)|settings?|options?|parameters?|\S{1,40}\.(?:properties|ya?ml|conf|ini|toml|json|cfg))(?: file)?(?: was| were| has| have| been| is)* (?:changed|reloaded|updated|applied|re-?read)\b|parameters? (?:download(?:ed)?|updated?|loaded|changed?)|config(?:uration)? (?:re)?(?:load|chang|updat)\w*|settings (?:changed|updated)|\bchanged configuration to \S|change to active configuration|\bcommit(?:ted)? config/i,
    'config-changed',
  ],
  [
    /no (?:matching|pending|waiting) (?:request|transaction|key)|unmatched (?:response|reply)|late (?:response|reply) (?:discarded|dropped|ignored)|response for a request that (?:has |had )?(?:already )?timed out|unexpected (?:response|reply|stan|message id|correlation id)\b|(?:stan|rrn|message id|correlation id) (?:mismatch|does not match)|discard(?:ed|ing) .{0,40}(?:response|reply|answer)|无匹配(?:请求|交易)|应答(?:不匹配|无对应)/i,
    'response-unmatched',
  ],
  // A server's own trace of each request (tower-http, Rails): no program starts.
  [/\b(?:started|start|began|begin) (?:processing|handling|serving)\b/i, 'other'],
  [
    /\b(?:start(?:s|ing|ed|up)?|boot(?:s|ed|ing)?|launch(?:es|ed|ing)?|initiali[sz]e[ds])\b.{0,120}(?:version|\bv\d|time-?out|host=|host [\w.-]{1,255}:\d|url=|port)|(?:version|(?<!\d)\d{1,9}\.\d{1,9}\.\d{1,9}).{0,60}\b(?:started|starting|gestartet|gestart|iniciad[oa]|arrancad[oa]|avviat[oa]|d[ée]marr[ée]e?|startad|startet|uruchomion[aoy]?|запущен[ао]?)(?!\w)|\b(?:gestartet|gestart|iniciad[oa]|arrancad[oa]|avviat[oa]|d[ée]marr[ée]e?|startad|startet|uruchomion[aoy]|list[oa]|en servicio|pront[oa]|bereit)(?!\w)[ ,;:(]{1,3}\(?[A-Za-z][\w+.-]{0,24}[ /=]["']?v?\d{1,4}\.\d|^[A-Za-z][\w-]{1,40} v?\d{1,4}\.\d{1,6}\.\d{1,6}(?![\w.])[^\n]{0,80}\bPID[ =:]\d|(?:程序|应用|终端|服务|系统)[^\n]{0,6}启动/i,
    'program-started',
  ],
  [
    /\b(?:agent|client|app|sdk|kiosk|till|pos|terminal) v?\d[\w.]* .{0,80}(?:url|host|endpoint|server)=|^[^=:]{1,80}\b(?:ready|up|online|configured)\b[ ,:;|-]{1,3}(?:\S{1,64} ){0,8}(?:url|host|endpoint|server|gateway|proxy)=|^[^=:]{1,80}\b(?:ready|online|configured)[ ,:;|-]{1,3}(?:\S{1,64} ){0,4}[a-z]{2,8}:\/\/|(?:connect|open|dial)[_ ]?timeout=.{0,60}(?:read|answer|response)[_ ]?timeout=/i,
    'program-started',
  ],
  [
    /\b(?:shutting down|stopp(?:ed|ing)(?! factory\b)|exiting|(?<!\b(?:connection|session|socket|link|call|stream|tunnel|channel)s? (?:was |is |has been )?)terminated)\b|(?:程序|应用|服务)[^\n]{0,6}(?:退出|停止|关闭)/i,
    'program-stopped',
  ],
  [/(?:could not|cannot|can't|failed to|unable to) (?:be established|establish|connect)/i, 'request-failed'],
  [/closing because: /, 'session-ended'],
  [
    /(?:建立|打开|创建)[^\n]{0,12}连接|连接[^\n]{0,6}成功|connect(?:ion|ed)? (?:established|opened|to .{1,80} (?:ok|established))|^connected\b|: connected (?:successfully|to \S)|\bevent=(?:session|conn(?:ection)?|link)_open(?:ed)?\b|\bgot conn(?:ection)?\b[^\n]{0,80}\breused[=:]/i,
    'connect-succeeded',
  ],
  [
    /pool (?:is )?exhausted|thread pool .{0,40}(?:full|exhausted)|queue (?:is )?full|too many (?:connections|requests in flight)|overload|Connection is not available, request timed out|timeout waiting for (?:idle object|connection from pool)|连接池(?:已)?(?:耗尽|满)|队列(?:已)?满|系统繁忙|过载/i,
    'overload',
  ],
  [
    /\b(?:TCP|HTTP|SSL|TLS|SMTP|DNS|SSH|UDP)\w{0,4} OK ?[-:] .{0,80}(?:second response time|secs? response|response time)/,
    'health-check-passed',
  ],
  [/GC pause|JVM appears hung|stop-the-world|Full GC|JVM paused|Detected JVM or host machine pause/i, 'process-paused'],
  [
    /rate limit|too many requests|(?<!\b0 )throttl(?:ed\b|ing\b(?! of)|e (?:limit |rate )?(?:was |is |has been )?(?:exceeded|reached|hit|active|engaged))(?!\s?[=:]\s?0\b)|\b(?:API|HTTP|status|code|responded|returned|answered)(?: with)?[ :=]{1,3}429\b|\bquota[ _-]violations?|\b(?:source|address|ip|client|account|merchant|caller|api[ _-]?key)(?: [\w.:-]{1,45})?(?: is| was| has been|_)? ?(?:temporarily )?(?:suspended|throttled|blacklisted)\b|请求(?:过于|太)频繁|已被限流/i,
    'rate-limited',
  ],
  // A server's line about what it was asked and what it said: a path and a status, or the two message types of ISO 8583.
  [
    /(?<!time-?out\S{0,16}[=: ]{1,3}\d{1,7} ?)(?:->|=>|→) ?(?:[1-4]\d\d\b(?![.:]\d)|0[1248][13]0\b)/,
    'request-succeeded',
  ],
  [
    /Starting new HTTPS? connection|Trying to connect|\bconnect(?:ing)?(?: to)? (?:\d{1,3}\.){3}\d{1,3}:\d{1,5}\b(?! (?:time-?out|timed|connection|refused|fail|error|err\b|unreach|reset))|opening connection|connecting to|开始连接|正在连接|ba[ğg]lan[ıi]l[ıi]yor|(?:verbinde(?: mich)? mit|connexion [àa]|conectando (?:a|com|con)|connessione a|łącz(?:ę|enie) z|připojuji? se k|pripájam sa k|подключ(?:ение|аюсь) к|ansluter till|verbinden met|kapcsolódás) \S/i,
    'connect-started',
  ],
  [
    /-->\s|^(?:Start processing|Sending) HTTP request [A-Z]{3,7}\b|^(?:authori[sz]ing|processing|starting|beginning|submitting|sending|posting) (?:an? |the |new )?(?:sale|payment|purchase|refund|transaction|authori[sz]ation|order)\b|\b(?:sale|refund|auth|void|payment|transaction|purchase|inquiry|order)(?: [\w.-]{1,24}=\S{1,64}){1,6} (?:start(?:ed)?|begun|initiated|sent)\b|\b(?:txn|trans|transaction|trade|req|request|sale|payment)_?(?:start|begin|sent)\b|\b(?:sale|refund|auth|void|payment|transaction|purchase|inquiry|echo|request)\b[^\n]{0,24}\b(?:request|start(?:ed)?|begin|sent|sending|initiated)\b|\bsend(?:ing)? (?:request|0[1248]00)|(?:发起|提交)[^\n]{0,10}(?:交易|支付|付款|收款|扣款|消费|退款)|开始[^\n]{0,6}交易|交易开始|发送(?:请求|报文|0[1248]00)|(?:要求|電文|リクエスト|オーソリ)(?:を)?送信|取引開始|요청\s?(?:전문)?\s?(?:전송|송신)|거래\s?시작/i,
    'request-started',
  ],
  [
    /\b(?:END|DONE|RE?CVD?|GOT) 0[1248][13]0\b|\b(?:SALE|AUTH|PAY(?:MENT)?|TXN|TRX|TRANS|VENTA|VENDA|VENTE|VERKAUF|PURCHASE|REFUND)[;|,\t][^\n]{0,60}[;|,\t](?:OK|APPROVED|APPR|SUCCESS)(?=[;|,\t]|$)|(?:交易|支付|付款|收款|扣款|消费|退款|退货|撤销|冲正|授权|预授权)(?:成功|完成|结束|已?通过)|收到(?:应答|响应)|应答成功|応答(?:を)?受信|取引(?:完了|成功)|(?:응답|승인)\s?(?:전문)?\s?(?:수신|완료)|<-- (?!HTTP FAILED)|\b(?:response|reply|answer)\b[^\n]{0,40}(?:rc|stan|code|status|elapsed)|\b(?:approved|declined)\b|\b(?:sale|auth|pay|refund|void|purchase|trans|txn|request|respon|repl|answer|post|get|http|order|host|call|echo|settle|batch|revers|charge|capture|exchange|message)\w{0,12}\b[^\n]{0,80}\b(?:completed|succeeded|success)\b|\b(?:completed|succeeded|success)\b[^\n]{0,80}\b(?:stan|rrn|txn|trace|code|rc|status|elapsed|duration|took|ms)\b|\d ?ms\b[^\n]{0,40}\b(?:completed|succeeded|success)\b|\bhttps?:\/\/\S{1,300}[ ,:|-]{1,4}(?:status[ =]|HTTP )?[1-4]\d\d[ ,(]{1,3}\d{1,6}(?:\.\d{1,3})? ?ms\b|http=[1-5]\d\d|\bHTTP [1-4]\d\d in \d|\banswered (?:with )?[1-4]\d\d\b|\b(?:txn|trans|transaction|trade)_?(?:end|ok|success|done)\b|\brecv(?:d|eived)? 0[1248]10/i,
    'request-succeeded',
  ],
  [
    /失败|异常|错误|\b(?:fail(?:ed|ure)?|error|exception|abort(?:ed)?)\b|\b(?:unable to|could not|cannot|can't) (?:connect|reach|open (?:a )?connection)|\b5\d\d (?:Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out)|\bupstream (?:request timeout|connect error)|\bno healthy upstream/i,
    'request-failed',
  ],
]

const GATED_SAYS = SAYS.map(([pattern, action]) => ({ gate: gated(pattern), action }))
/** @returns undefined where the words of a line tell of nothing that happened */
export const actionByWords = (line: string): Action | undefined =>
  GATED_SAYS.find(({ gate }) => gate.test(line))?.action
