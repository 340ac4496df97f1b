import type { Action, Phase } from '../../schemas/vocabulary.js'
import { gated } from './gate.js'

/** What a program's error says of the connection, in our words. */
export type NetworkError = {
  readonly action: Action
  readonly phase?: Phase
  readonly errorType: string
  readonly errorMessage: string
  readonly errorCode?: string
  /** The limit that ran out, where the error names it. */
  readonly limitMs?: number
}

type Reading = { readonly pattern: RegExp; readonly action: Action; readonly phase?: Phase; readonly type?: string }

/** Not the network: card readers, key pads, network card queues, sessions, locks. */
const NOT_NETWORK = gated(
  /(?:card|swipe|insert|tap|PIN|key ?pad|password|operator|user input|session lock|lock wait|queue \d+|NIC|watchdog|screen|printer).{0,24}tim(?:ed?[- ]?out|eout)|(?:读卡|刷卡|插卡|挥卡|等待刷|等待插|输入密码|密码输入|按键|打印)[^\n]{0,12}超时/i,
)

/**
 * In order: the first that fits decides. Each is a message or symbol of the named software. Words that only configure a limit
 * (`connectTimeout=2000`, `连接超时=2000ms`) do not fit: an error is said with words around it, or by its class.
 */
const READINGS: readonly Reading[] = [
  // What is certain by name, whatever else the trace says.
  {
    pattern:
      /CertPath|PKIX path|certificate (?:verify failed|has expired|unknown|is not yet valid|required)|unable to (?:get local issuer|verify the first)|SSLPeerUnverified|CERTIFICATE_VERIFY_FAILED|x509: |self.signed certificate|ERR_CERT|AuthenticationException.{0,60}(?:RemoteCertificate|remote certificate)|SSL certificate problem|curl: \((?:51|60)\)|证书(?:无效|过期|校验失败|验证失败|错误)/i,
    action: 'tls-failed',
    phase: 'tls',
    type: 'certificate',
  },
  {
    pattern:
      /(?:NoRouteToHost|ConnectException|BindException|OSError|SocketException|connect)[^\n]{0,80}(?:Cannot|Can't) assign requested address|\bEADDRNOTAVAIL\b|cannot assign requested address|\b10049\b|WSAEADDRNOTAVAIL|no free (?:local |ephemeral )?port|无可用端口|端口(?:已)?耗尽/i,
    action: 'ports-exhausted',
    type: 'EADDRNOTAVAIL',
  },
  {
    pattern: /Too many open files|\bEMFILE\b|\bENFILE\b|文件(?:描述符|句柄)(?:已)?(?:耗尽|不足)|打开(?:的)?文件过多/i,
    action: 'descriptors-exhausted',
    type: 'EMFILE',
  },
  { pattern: /No buffer space available|\bENOBUFS\b|WSAENOBUFS|\b10055\b/i, action: 'socket-memory', type: 'ENOBUFS' },
  { pattern: /\bEADDRINUSE\b|Address already in use|\b10048\b/i, action: 'other', type: 'EADDRINUSE' },

  // Names.
  {
    pattern:
      /Resolving timed out|DnsNameResolverTimeout|DNS_?TIMEOUT|ETIMEOUT[^\n]{0,40}\bquery|query[A-Za-z]{0,6} ETIMEOUT|lookup [^\n]{1,200}: (?:i\/o timeout|read udp[^\n]{0,120}i\/o timeout|dial udp[^\n]{0,120}timeout)|DNS (?:lookup|query|resolution)[^\n]{0,40}timed? ?out|c-ares[^\n]{0,40}timeout|域名解析超时|解析(?:域名|主机)?[^\n]{0,8}超时|DNS(?:查询|解析)?超时/i,
    action: 'dns-timeout',
    phase: 'dns',
    type: 'dns',
  },
  {
    pattern:
      /Temporary failure in name resolution|\bEAI_AGAIN\b|Errno -3\]|getaddrinfo[^\n]{0,40}EAI_AGAIN|\b11002\b|WSATRY_AGAIN|server misbehaving/i,
    action: 'dns-failed',
    phase: 'dns',
    type: 'EAI_AGAIN',
  },
  {
    pattern:
      /UnknownHostException|Could not resolve host|Name or service not known|nodename nor servname|No address associated with hostname|\bENOTFOUND\b|no such host|NameResolutionError|getaddrinfo failed|gaierror|UnresolvedAddress|\b11001\b|No such host is known|Unable to resolve host|Failed to resolve|域名解析(?:失败|错误)|无法解析|解析失败|未知主机/i,
    action: 'dns-failed',
    phase: 'dns',
    type: 'name',
  },

  // Refused, reset, unreachable: answers, not silence.
  {
    pattern:
      /Connection refused|\bECONNREFUSED\b|\b10061\b|actively refused|连接被?拒绝|拒绝连接|curl: \(7\)[^\n]{0,80}refused/i,
    action: 'connection-refused',
    phase: 'connect',
    type: 'ECONNREFUSED',
  },
  {
    pattern:
      /No route to host|NoRouteToHost|\bEHOSTUNREACH\b|Host (?:is )?unreachable|\b10065\b|主机不可达|无法到达主机/i,
    action: 'host-unreachable',
    phase: 'connect',
    type: 'EHOSTUNREACH',
  },
  {
    pattern:
      /Network is unreachable|\bENETUNREACH\b|\b10051\b|\bENETDOWN\b|Network is down|网络不可达|无网络连接|网络未连接/i,
    action: 'network-unreachable',
    phase: 'connect',
    type: 'ENETUNREACH',
  },

  // Handshake.
  {
    pattern:
      /TLS handshake timeout|SSL handshake timed out|SslHandshakeTimeout|The handshake operation timed out|handshake timed out|SSL connection timeout|SSL_connect[^\n]{0,60}(?:timed out|ETIMEDOUT)|ssl:?[^\n]{0,40}handshake[^\n]{0,40}tim(?:ed out|eout)|(?:TLS|SSL)握手[^\n]{0,6}超时|握手超时/i,
    action: 'tls-timeout',
    phase: 'tls',
    type: 'handshake',
  },

  // Connecting.
  {
    pattern:
      /[Cc]onnect timed out|ConnectTimeout(?:Error|Exception)\b|ConnectTimeout: |CONNECT_TIMEOUT|Connection (?:to \S{1,255} )?timed out(?: after| \(connect timeout|\.|$|\n| \(Connection)|connection timed out after|connect timeout after|Failed to connect to [^\n]{1,255}Timeout was reached|dial tcp[^\n]{1,200}i\/o timeout|dial tcp[^\n]{1,200}(?:operation|connection) timed out|connect ETIMEDOUT|ConnectException: (?:Connection|Operation) timed out|A connection attempt failed because the connected party did not properly respond|\b10060\b|connecting to [^\n]{1,200}timed out|connection attempt timed out|Unable to connect[^\n]{0,60}tim(?:ed out|eout)|SYN[_ ]?(?:SENT)?[^\n]{0,30}timeout/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  {
    pattern: /(?:连接|建链|建立连接|连接(?:服务器|主机|前置|网关|后台))(?:[^\n=\d[]{0,12})超时(?![=:：[]?\s{0,2}\d)/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },

  // Waiting.
  {
    pattern:
      /Read timed out|The read operation timed out|ReadTimeout(?:Error|Exception)?\b(?!=)|HEADERS_TIMEOUT|BODY_TIMEOUT|Client\.Timeout exceeded while (?:awaiting headers|reading)|Operation timed out after \d{1,9} milliseconds|SocketTimeoutException|read tcp[^\n]{1,120}i\/o timeout|timeout of \d{1,9} ?ms exceeded|HttpClient\.Timeout|TimeoutException|ESOCKETTIMEDOUT|\bETIMEDOUT\b|TimeoutError|socket\.timeout|context deadline exceeded|request timed out|response timed out|[Tt]imed out (?:while )?waiting|(?:waiting for|awaiting) (?:response|reply|answer)[^\n]{0,40}tim(?:ed out|eout)|(?:response|reply|read|receive|recv|request|transaction) time-?out(?!\s{0,2}[=:]\s{0,2}\d)|\[Errno (?:110|60)\]|errno(?:=| )110|upstream timed out|[Nn]o (?:response|answer|reply) (?:received )?(?:from|within|after)|InterruptedIOException: timeout|Connection timed out/,
    action: 'response-timeout',
    phase: 'response',
    type: 'read',
  },
  {
    pattern:
      /(?:读|读取|接收|应答|响应|等待应答|等待响应|等待返回|通讯|通信|交易|发送|请求|收包|网络)(?:[^\n=\d[]{0,8})超时(?![=:：[]?\s{0,2}\d)|超时(?:未|没有)(?:收到)?(?:应答|响应)|未收到(?:主机)?应答/,
    action: 'response-timeout',
    phase: 'response',
    type: 'read',
  },

  // The other side went away.
  {
    pattern: /Connection reset|\bECONNRESET\b|\b10054\b|reset by peer|forcibly closed|连接(?:被)?重置|连接复位/i,
    action: 'connection-reset',
    type: 'ECONNRESET',
  },
  {
    pattern:
      /Broken pipe|\bEPIPE\b|EOFException|Unexpected (?:end of (?:file|stream)|EOF)|unexpected EOF|RemoteDisconnected|closed connection without response|Empty reply from server|Remote (?:host|end) (?:terminated|closed)|prematurely closed|socket hang up|UND_ERR_SOCKET|NoHttpResponse|ClosedChannel|peer closed|connection (?:was )?closed|连接(?:已|被)?(?:关闭|断开)|对端关闭/i,
    action: 'connection-closed',
    type: 'closed',
  },
  {
    pattern:
      /(?:call|request|operation|transaction) (?:was )?cancel|pressed CANCEL|CancellationException|Canceled\b|AbortError|用户取消|取消交易|交易取消|Socket closed|Operation canceled/i,
    action: 'request-cancelled',
    type: 'cancelled',
  },
  {
    pattern:
      /SSLHandshakeException|SSLException|SSLError|ssl\.SSL|handshake[_ ]fail|no protocols in common|unsupported protocol|wrong version number|protocol[_ ]version|no cipher/i,
    action: 'tls-failed',
    phase: 'tls',
    type: 'tls',
  },
]

const GATED = READINGS.map((r) => ({ ...r, gate: gated(r.pattern) }))

const SYMPTOM = /tim(?:ed?[- ]?out|e[- ]?out)|TIMEDOUT|ETIMEOUT|deadline|超时|10060|Errno 110|errno.110/i

/** Frames and words that show in which phase a plain "timed out" or "Read timed out" happened. */
const FRAMES: readonly (readonly [RegExp, Phase])[] = [
  [
    /startHandshake|doHandshake|do_handshake|SSLSocketImpl\.(?:readHandshakeRecord|decode|performInitialHandshake)|RealConnection\.connectTls|HandshakeContext|SSLTransport|upgradeSocket|ssl_wrap_socket|tls\.\(\*Conn\)\.(?:clientHandshake|Handshake)|SslHandler|_ssl\.c/,
    'tls',
  ],
  [
    /timedFinishConnect|finishConnect|SocketImpl\.connect|socketConnect|Socket\.connect\(|create_connection|sock\.connect|open_connection|sock_connect|Net\.connect|net\.\(\*sysDialer\)|dialTCP|connectSocket|connect0\(/,
    'connect',
  ],
  [/lookupAllHostAddr|InetAddress\.(?:getAllByName|getByName)|getaddrinfo|resolve_host|lookup\.go/, 'dns'],
  [
    /timedRead|SocketInputStream|recv_into|\brecv\(|readinto|getresponse|begin\(|readResponse|readHeaders|awaitHeaders|SocketDispatcher\.read|\.read\(/,
    'response',
  ],
]

/**
 * The decisive network error in a record's text, stack trace included.
 * @param text  the whole record
 * @returns undefined where the text holds no network error: a limit that is only configured, a card reader's time-out
 */
export function readNetworkError(text: string): NetworkError | undefined {
  if (NOT_NETWORK.test(text) && !/Exception|Error\b|errno/i.test(text)) return undefined
  for (const r of GATED) {
    const m = r.gate.exec(text)
    if (!m) continue
    const found = refine(r, text)
    const limit = limitOf(text)
    return {
      action: found.action,
      ...(found.phase && { phase: found.phase }),
      errorType: typeOf(text) ?? r.type ?? r.action,
      errorMessage: lineAround(text, m.index).slice(0, 300),
      ...(codeOf(text) !== undefined && { errorCode: codeOf(text) as string }),
      ...(limit !== undefined && { limitMs: limit }),
    }
  }
  return undefined
}

const ACTION_OF: Readonly<Record<Phase, Action>> = {
  dns: 'dns-timeout',
  connect: 'connect-timeout',
  tls: 'tls-timeout',
  response: 'response-timeout',
  idle: 'idle-timeout',
}

/** A bare time-out takes its phase from the frames of the innermost trace, where there are any. */
function refine(r: Reading, text: string): { action: Action; phase?: Phase } {
  if (r.action === 'tls-failed' && r.type === 'tls' && SYMPTOM.test(text) && /Read timed out|timed out/i.test(text))
    return { action: 'tls-timeout', phase: 'tls' }
  if (r.action !== 'response-timeout' && !(r.action === 'connect-timeout' && /handshake/i.test(text)))
    return r.phase ? { action: r.action, phase: r.phase } : { action: r.action }
  const trace = innermost(text)
  for (const [frame, phase] of FRAMES) if (frame.test(trace)) return { action: ACTION_OF[phase], phase }
  return { action: r.action, phase: r.phase ?? 'response' }
}

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

const typeOf = (text: string): string | undefined =>
  /(?:^|[\s:(])((?:[a-z][\w]*\.){1,8}[A-Z]\w{2,60}(?:Exception|Error|Timeout))\b/.exec(text)?.[1] ??
  /\b([A-Z]\w{2,60}(?:Exception|Error))\b/.exec(text)?.[1]

const codeOf = (text: string): string | undefined =>
  /\b(E(?:TIMEDOUT|CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|AI_AGAIN|PIPE|MFILE|ADDRNOTAVAIL|NOTFOUND))\b/.exec(
    text,
  )?.[1] ??
  /\[Errno (-?\d{1,5})\]/.exec(text)?.[1] ??
  /curl: \((\d{1,2})\)/.exec(text)?.[1] ??
  /\b(100(?:48|49|5[0-9]|6[0-5]))\b/.exec(text)?.[1]

function limitOf(text: string): number | undefined {
  const m =
    /(?:connect|read|response|socket) time-?out=(\d{1,6}(?:\.\d{1,3})?)|timeout of (\d{1,9}) ?ms|HttpClient\.Timeout of (\d{1,6}(?:\.\d{1,3})?) seconds|timed out after (\d{1,9}) (?:ms|milliseconds)/.exec(
      text,
    )
  if (!m) return undefined
  if (m[1] !== undefined) return Math.round(Number(m[1]) * (Number(m[1]) >= 100 ? 1 : 1000))
  if (m[3] !== undefined) return Math.round(Number(m[3]) * 1000)
  return Number(m[2] ?? m[4])
}

function lineAround(text: string, at: number): string {
  const start = text.lastIndexOf('\n', at) + 1
  const end = text.indexOf('\n', at)
  return text.slice(start, end < 0 ? undefined : end).trim()
}
