import type { Action, Phase } from '../../schemas/vocabulary.js'
import { COMMON_WORDS } from './common-readings.js'
import { POOLS } from './pool-readings.js'
import { WINDOWS_WORDS } from './windows-readings.js'

export type Reading = {
  readonly pattern: RegExp
  readonly action: Action
  readonly phase?: Phase
  readonly type?: string
}

/** Said by one library in words of its own; before the common words below, which would read them as something else. */
const OWN_WORDS: readonly Reading[] = [
  // HikariCP's debug line of a caller that got no connection in time: the caller's own wait ran out.
  {
    pattern: /\bTimeout failure (?:pool )?stats \(total=\d/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'pool',
  },
  // c-ares: src/lib/ares_strerror.c, ARES_ETIMEOUT; sssd and others that use it. ldns and libunbound have their own.
  {
    pattern:
      /Timeout while contacting DNS servers|(?:resolver|DNS) (?:returned|error)[^\n]{0,24}ARES_ETIMEOUT|LDNS_STATUS_NETWORK_ERR/,
    action: 'dns-timeout',
    phase: 'dns',
    type: 'dns',
  },
  // Tornado: the step stands behind the word; Twisted: of a connect alone. Sources: tornado/simple_httpclient.py, _on_timeout; twisted/internet/error.py
  { pattern: /\bTimeout while resolving\b/, action: 'dns-timeout', phase: 'dns', type: 'dns' },
  {
    pattern: /\bTimeout while connecting\b|User timeout caused connection failure|\bTCPTimedOutError\b/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  // Twisted's Agent: its own limit for the answer cancels what waits for it. Source: twisted/web/_newclient.py, twisted/internet/defer.py addTimeout
  {
    pattern: /ResponseNeverReceived: \[[^\n]{0,300}\bCancelledError\b/,
    action: 'response-timeout',
    phase: 'response',
    type: 'ResponseNeverReceived',
  },
  // Haskell's http-client: the request as a record, and behind it what went wrong with it.
  {
    pattern: /HttpExceptionRequest Request \{[^}]{1,2000}\}\s{1,3}ConnectionTimeout\b/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'ConnectionTimeout',
  },
  {
    pattern: /HttpExceptionRequest Request \{[^}]{1,2000}\}\s{1,3}ResponseTimeout\b/,
    action: 'response-timeout',
    phase: 'response',
    type: 'ResponseTimeout',
  },
  // Drivers of MongoDB while no server answers; libpq's connect_timeout; Python's urllib, whose wrapper holds until the request is sent.
  {
    pattern:
      /Server ?[Ss]election ?[Tt]im(?:ed out|eoutError)|OperationalError[^\n]{0,8} timeout expired|<urlopen error (?:\[Errno 110\] )?(?:Connection )?timed out>|ConnectionFailed \(execution expired\)|SocketTimeoutException: Connect Timeout\b/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  // Rust's ureq names the step that ran out. Source: ureq, src/timings.rs, Timeout
  { pattern: /\btimeout: resolve(?=$|[\n|,;)"'])/, action: 'dns-timeout', phase: 'dns', type: 'dns' },
  {
    pattern: /\btimeout: connect(?=$|[\n|,;)"'])/,
    ...{ action: 'connect-timeout', phase: 'connect', type: 'connect' },
  },
  {
    pattern: /\btimeout: (?:global|per[- ]call|await 100|(?:send|recv) (?:request|response|body))(?=$|[\n|,;)"'])/,
    ...{ action: 'response-timeout', phase: 'response', type: 'read' },
  },
  // Go's client, whose limit ended the request while it ran; Jetty's client.
  {
    pattern: /request canceled \(Client\.Timeout|\bTotal timeout \d{1,9} ms elapsed|TimedOutException\b/,
    ...{ action: 'response-timeout', phase: 'response', type: 'read' },
  },
  // Portalum.Zvt, ZvtCommunication.SendCommandAsync: the terminal's acknowledgement did not come within its limit.
  {
    pattern: /Wait task for acknowledge was aborted|acknowledge (?:wait|timeout) (?:was )?(?:aborted|expired|reached)/i,
    action: 'response-timeout',
    phase: 'response',
    type: 'ack',
  },
  // Dart: of connect(2) the errno stands alone, of read and write behind `Read failed`, `Write failed`.
  {
    pattern:
      /SocketException: (?:Connection failed )?\(?OS Error: (?:Connection|Operation) timed out, errno = (?:110|60)\b|SocketException: (?:HTTP connection|Connection) timed out(?: after|, host)/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  // Ncat (Nmap): nse_status2str of a connect that its -w ended; nothing else of it says so. nc of BusyBox and OpenBSD.
  {
    pattern:
      /\bNcat: (?:TIMEOUT|Connection timed out)\b|\bnc: (?:connect to \S{1,255} port \d{1,5} \(tcp\) )?timed out\b/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  // Node tries all addresses of a name: the first that ran out names the whole, whatever became of the others.
  { pattern: /AggregateError \[ETIMEDOUT\]/, action: 'connect-timeout', phase: 'connect', type: 'ETIMEDOUT' },
  // udp2raw's made-up handshake that came to nothing.
  {
    pattern: /state back to client_idle from client_(?:tcp_)?handshake/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  {
    pattern:
      /lookup [^\n]{1,200}: (?:read|dial|write) udp[^\n]{0,120}refused|query[A-Z]\w{0,8} E(?:CONNREFUSED|SERVFAIL|REFUSED|NODATA)/,
    action: 'dns-failed',
    phase: 'dns',
    type: 'dns',
  },
  {
    pattern: /terminating connection due to|server has gone away|DisconnectException/,
    action: 'connection-closed',
    type: 'closed',
  },
  // openssl s_client and other callers of connect(2) that only give its errno.
  {
    pattern:
      /connect(?:\(\)|\(2\))?: ?err(?:no)?[ =:]{1,2}(?:110|60)\b|BIO_connect:(?:Connection|Operation) timed out|because: connect timeout/i,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  {
    pattern:
      /because: (?:query|request) timeout|ConnectionTimeout caused by - ReadTimeout|due to statement timeout|Response took longer than timeout|Timeout on reading data from socket/,
    action: 'response-timeout',
    phase: 'response',
    type: 'read',
  },
  {
    pattern:
      /SSLHandshakeException: Remote host (?:terminated|closed)|peer closed connection in SSL handshake|SSL_ERROR_SYSCALL|MBEDTLS_ERR_SSL_(?!TIMEOUT)|ssl_handshake returned -0x(?!6800|004C|0050)/,
    action: 'tls-failed',
    phase: 'tls',
    type: 'tls',
  },
  // mbed TLS on terminals gives numbers: include/mbedtls/net_sockets.h.
  {
    pattern: /net_connect(?:\(\))? (?:returned|failed)[^\n]{0,8}-0x0?0?44\b|ERR_NET_CONNECT_FAILED/i,
    action: 'connection-refused',
    phase: 'connect',
    type: 'ECONNREFUSED',
  },
  {
    pattern: /net_connect(?:\(\))? (?:returned|failed)[^\n]{0,8}-0x0?0?52\b|ERR_NET_UNKNOWN_HOST/i,
    action: 'dns-failed',
    phase: 'dns',
    type: 'name',
  },
  {
    pattern:
      /(?:net_recv|ssl_read|ssl_handshake)(?:\(\))? (?:returned|failed)[^\n]{0,8}-0x0?0?50\b|ERR_NET_CONN_RESET/i,
    action: 'connection-reset',
    type: 'ECONNRESET',
  },
  {
    pattern:
      /(?:Unable to (?:read|write) data (?:from|to) the transport connection|recv\w{0,8}(?:\(\))? failed|java\.io\.IOException|(?:read|write|recv|send)(?:Address|v|msg)?\((?:\.\.)?\) failed)[^\n]{0,40}(?:Connection timed out|Operation timed out|A connection attempt failed|(?<!ms[=:])\b10060\b(?! ?m?s\b))|(?:Connection|Operation) timed out \((?:Read|Write) failed\)|\b(?:read|write): (?:connection|operation) timed out|write tcp[^\n]{1,120}i\/o timeout/i,
    action: 'response-timeout',
    phase: 'response',
    type: 'read',
  },
  {
    pattern:
      /(?:socket hang up|TLS handshake|handshake)[^\n]{0,80}(?:timed out|timeout)|Timeout awaiting 'secureConnect'|MBEDTLS_ERR_SSL_TIMEOUT|ssl_handshake returned -0x6800|SSLException: Read timed out|(?:TLS|SSL|握手)[^\n]{0,12}(?:超时)/i,
    action: 'tls-timeout',
    phase: 'tls',
    type: 'handshake',
  },
  // Numbers of errno(3), as firmware returns them: 110 is ETIMEDOUT, 62 ETIME.
  {
    pattern: /\b(?:conn(?:ect)?|dial|syn)\b[^\n]{0,32}\b(?:rc|ret|err|errno)[=:]\s?-(?:110|62)\b/i,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  // LuaSec says so where the limit that was set ran out; without a limit it is asked again. Source: LuaSec's reference, conn:dohandshake, conn:receive
  {
    pattern: /\b(?:handshake|TLS|SSL)\b[^\n]{0,120}\bwant(?:read|write)\b/i,
    ...{ action: 'tls-timeout', phase: 'tls', type: 'wantread' },
  },
  { pattern: /\bwant(?:read|write)\b/, ...{ action: 'response-timeout', phase: 'response', type: 'wantread' } },
  {
    pattern: /\b(?:tls|ssl|hs|handshake)\b[^\n]{0,32}\b(?:rc|ret|err|errno)[=:]\s?-(?:110|62)\b/i,
    action: 'tls-timeout',
    phase: 'tls',
    type: 'handshake',
  },
  // Names of errors and results, as firmware and key=value logs have them: `err=ERR_CONN_TIMEOUT`, `event=read_timeout`.
  {
    pattern:
      /(?:[=:]\s?["']?|\bE(?:RR)?_)(?:[A-Za-z]{1,16}_){0,2}(?:conn|connect|connection|dial|socket_connect)_?time_?out\b(?!["']?\s?[=:]\s?["']?\d)|PPP[^\n=\d]{0,6}超时|拨号[^\n=\d]{0,4}超时/i,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  {
    pattern:
      /(?:[=:]\s?["']?|\bE(?:RR)?_)(?:[A-Za-z]{1,16}_){0,2}(?:tls|ssl|handshake)_?time_?out\b(?!["']?\s?[=:]\s?["']?\d)/i,
    action: 'tls-timeout',
    phase: 'tls',
    type: 'handshake',
  },
  {
    pattern:
      /(?:[=:]\s?["']?|\bE(?:RR)?_)(?:[A-Za-z]{1,16}_){0,2}(?:dns|resolve|lookup)_?time_?out\b(?!["']?\s?[=:]\s?["']?\d)/i,
    action: 'dns-timeout',
    phase: 'dns',
    type: 'dns',
  },
  {
    pattern:
      /(?:[=:]\s?["']?|\bE(?:RR)?_)(?:[A-Za-z]{1,16}_){0,2}(?:idle|heartbeat|keepalive)_?time_?out\b(?!["']?\s?[=:]\s?["']?\d)/i,
    action: 'idle-timeout',
    phase: 'idle',
    type: 'idle',
  },
  {
    pattern: /(?:连接|connect\w{0,4})[^\n]{0,12}(?:失败|failed|error)[^\n]{0,12}err(?:no|or)?[ =:]{1,2}(?:110|60)\b/i,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  {
    pattern: /(?:连接|connect\w{0,4})[^\n]{0,12}(?:失败|failed|error)[^\n]{0,12}err(?:no|or)?[ =:]{1,2}(?:111|61)\b/i,
    action: 'connection-refused',
    phase: 'connect',
    type: 'ECONNREFUSED',
  },
  {
    pattern: /(?:连接|connect\w{0,4})[^\n]{0,12}(?:失败|failed|error)[^\n]{0,12}err(?:no|or)?[ =:]{1,2}(?:113|65)\b/i,
    action: 'host-unreachable',
    phase: 'connect',
    type: 'EHOSTUNREACH',
  },
  {
    pattern:
      /(?:GPRS|LTE|4G|5G|GSM|网络|基站|SIM)[^\n]{0,6}(?:未注册|未附着|无服务)|not registered (?:on|to|with) (?:the )?network|no (?:network|data) (?:service|connection available)/i,
    action: 'network-unreachable',
    phase: 'connect',
    type: 'ENETUNREACH',
  },
  // curl's words for any failure to connect: a refusal comes at once, an address that nobody has after three seconds.
  {
    pattern: /failed to connect to [^\n]{1,255} after (?:[5-9]\d{3}|\d{5,9}) ?ms: Could(?: not|n't) connect to server/i,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  {
    pattern: /(?:can't|cannot|unable to|could not|fail\w{0,3} to) connect [^\n]{1,160}\((?:110|10060)\)/i,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  // Dart's dio, whose limit for the connection holds for the handshake too: what was interrupted stands below.
  {
    pattern: /connection took longer than \d[^\n]{1,400}\n[^\n]{0,80}HandshakeException/,
    action: 'tls-timeout',
    phase: 'tls',
    type: 'tls',
  },
  {
    pattern: /request connection took longer than \d|Dio(?:Exception|Error)Type\.connect(?:ion)?Timeout/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  {
    pattern:
      /request took longer than \d[^\n]{0,40} to (?:receive|send) data|Dio(?:Exception|Error)Type\.(?:receive|send)Timeout/,
    action: 'response-timeout',
    phase: 'response',
    type: 'read',
  },
  { pattern: /Timeout awaiting 'lookup'/, action: 'dns-timeout', phase: 'dns', type: 'dns' },
  { pattern: /Timeout awaiting '(?:response|read)'/, action: 'response-timeout', phase: 'response', type: 'read' },
  {
    pattern:
      /Timeout awaiting '(?:socket|connect)'|failed to connect to [^\n]{1,255} after \d{1,9} ?ms(?:$|\n|,|;|: is[Cc]onnected failed: ETIMEDOUT)|connect failed: ETIMEDOUT|\bconnect to [^\s]{1,255}:\d{1,5}:\s{1,40}(?:Connection|Operation) timed out|canceled while waiting for connection|(?:tcp connect error|hyper::Error\(Connect|client error \(Connect\)|error trying to connect)[^\n]{0,120}(?:timed out|TimedOut|deadline has elapsed|Elapsed\(|os error 110)|Connection timeout to host|Timeout connecting to|Timeout trying to connect|timeout exceeded when trying to connect|ORA-12170|ORA-12535|ORA-12606|TNS:(?:Connect timeout|operation timed out)|port \d{1,5} failed: timeout expired|Can't connect to [^\n]{1,255}\((?:timed out|Connection timed out)\)|\(110\)[^\n]{0,4}Can't connect|Connection Timeout Expired|within the configured ConnectTimeout|Net::OpenTimeout|HttpConnectTimeout|HTTP connect timed out|unable to connect to [^\n]{1,255}\(Connection timed out\)|Failed to open TCP connection[^\n]{1,255}timed out|HttpHostConnectException[^\n]{1,255}Connection timed out|could not connect to server: (?:Connection|Operation) timed out|HttpRequestException: Connection timed out|MongoServerSelectionError: connection timed out|DialTimeout|connect(?:ing)? to [^\n]{1,255}(?:timed out|timeout)(?!\s{0,2}[=:]\s{0,2}\d)|connect(?:ion)? (?:timeout|timed out):? (?:host|to|server|peer)\b|connect(?:\(\))? (?:failed|error)[^\n]{0,24}(?:timed out|\b110\b|errno 60\b)|connect to [^\n]{1,80}err(?:no|or)?[ =:]{1,2}(?:110|60)\b|connectTimeout exceeded|(?:TCP|socket) connect(?:ion)? (?:timeout|timed out)(?!\s{0,2}[=:]\s{0,2}\d)/i,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  {
    pattern: /连接方在一段时间后没有正确答复|连接主机超时|连接[^\n=\d空闲池]{0,16}(?:失败|异常)[^\n]{0,4}超时/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  {
    pattern: /ORA-12541|TNS:no listener|积极拒绝|connect to [^\n]{1,80}err(?:no|or)?[ =:]{1,2}(?:111|61)\b/i,
    action: 'connection-refused',
    phase: 'connect',
    type: 'ECONNREFUSED',
  },
  {
    pattern: /没有到主机的路由|unreachable host|connect to [^\n]{1,80}err(?:no|or)?[ =:]{1,2}(?:113|65)\b/i,
    action: 'host-unreachable',
    phase: 'connect',
    type: 'EHOSTUNREACH',
  },
  { pattern: /Only one usage of each socket address/, action: 'ports-exhausted', type: 'EADDRINUSE' },
  {
    pattern:
      /\bidle[- ]?time-?out (?:expired|exceeded|reached)|idle (?:connection|session) timed out|keep-?alive time-?out(?:,| expired| exceeded|$)|heart ?beat (?:timeout|timed out|lost)|no heart ?beat|MissedHeartbeat|has exceeded (?:its )?timeout, disconnecting|Heartbeat missing|IdleStateEvent|ping timeout|(?:心跳|保活)[^\n=\d]{0,6}超时|空闲[^\n=\d]{0,4}超时(?!时间|设置|[=:：])/i,
    action: 'idle-timeout',
    phase: 'idle',
    type: 'idle',
  },
  {
    pattern: /强迫关闭了?一个现有的连接|连接被[^\n]{0,6}(?:重置|复位)/,
    action: 'connection-reset',
    type: 'ECONNRESET',
  },
]

/** What no other reading takes: the common words for a wait that ran out, said as an error and not as a setting. */
const LAST_WORDS: readonly Reading[] = [
  {
    pattern:
      /DEADLINE_EXCEEDED|DeadlineExceeded|deadline (?:has elapsed|exceeded)|Timeout awaiting '|Timeout expired|Execution Timeout Expired|Timeout performing|Timeout (?:reading|during reading|on reading)|time-?out (?:while )?(?:a?waiting)|network timeout|(?:status|result|reason|outcome|error|err|state|errcode|cause|response)["']?\s?[=:]\s?["']?time[_ -]?out\b|operation (?:has )?timed out|query (?:has )?timed out|(?:Read|Write)Timeout\b(?!=)|TimedOut\b|ERROR_INTERNET_TIMEOUT|ERROR_WINHTTP_TIMEOUT|WinHttp\w{0,32} failed:? (?:error )?12002|ssl_read returned -0x6800|during query \(timed out\)|\b(?:rc|ret|err|errno|error|code|status)[=:]\s?-(?:110|62)\b|\b(?:poll|select|epoll_wait|recv|send|connect|read|write)\(\):? (?:time-?out|timed out)\b|\b(?:socket|poll|select|recv|receive|send|write|request|response|transaction|txn|host|server|communication|comms?|network) time-?out\b(?:,|\.|:? (?:after|of|waiting|while|\()|$)|Command timed out|timed out|(?:not responding|no reply) (?:within|after)/im,
    action: 'response-timeout',
    phase: 'response',
    type: 'read',
  },
  // A result word of its own: `TIMEOUT tid=…`, `Host TIMEOUT`.
  {
    pattern:
      /\bTIME[-_ ]?OUT\b(?!\s?[=:(]?\s?\d|[_-])|(?:[=:]\s?["']?|\b(?:E|ERR)_)(?:[A-Za-z]{1,16}_){0,3}[Tt](?:IME_?OUT|ime_?out)\b(?!["']?\s?[=:]\s?["']?\d)/,
    action: 'response-timeout',
    phase: 'response',
    type: 'read',
  },
  {
    pattern:
      /操作(?:已)?超时|(?:返回|等待|服务器|主机|后台|前置|平台|接口|报文|数据|调用|处理)[^\n=\d[]{0,8}超时(?!时间|设置|[=:：[]?\s{0,2}\d)|超时(?:未|没有)|(?:后台|主机|前置|平台|服务器|银行|中心)无(?:应答|响应|返回)|未(?:收到|返回)应答/,
    action: 'response-timeout',
    phase: 'response',
    type: 'read',
  },
  {
    pattern:
      /Network closed for unknown reason|Server disconnected|IncompleteMessage|Lost connection to MySQL|server closed the connection|other side closed|: EOF\b|对方(?:已)?关闭|服务器(?:已)?断开|(?:socket|链路|通道)(?:已)?断开|terminating connection/i,
    action: 'connection-closed',
    type: 'closed',
  },
  { pattern: /CANCELLED: |context canceled|StatusCode\.CANCELLED/, action: 'request-cancelled', type: 'cancelled' },
]

/** Where nothing but the number tells: Linux', macOS' and Windows' for the same. */
const numbered = (numbers: string, action: Action, type: string, phase?: Phase): Reading => ({
  pattern: new RegExp(String.raw`\berrno[ =:]{1,2}(?:${numbers})\b`, 'i'),
  action,
  ...(phase && { phase }),
  type,
})
const NUMBERS: readonly Reading[] = [
  numbered('111|61|10061', 'connection-refused', 'ECONNREFUSED', 'connect'),
  numbered('113|65|10065', 'host-unreachable', 'EHOSTUNREACH', 'connect'),
  numbered('101|51|10051', 'network-unreachable', 'ENETUNREACH', 'connect'),
  numbered('104|54|10054', 'connection-reset', 'ECONNRESET'),
  numbered('32', 'connection-closed', 'EPIPE'),
]
export const READINGS: readonly Reading[] = [
  ...POOLS,
  ...WINDOWS_WORDS,
  ...OWN_WORDS,
  ...COMMON_WORDS,
  ...LAST_WORDS,
  ...NUMBERS,
]
