import type { Reading } from './network-readings.js'

/**
 * In order: the first that fits decides. Each is a message or symbol of the named software. Words that only configure a limit
 * (`connectTimeout=2000`, `连接超时=2000ms`) do not fit: an error is said with words around it, or by its class.
 */
export const COMMON_WORDS: readonly Reading[] = [
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
      /(?:NoRouteToHost|ConnectException|BindException|OSError|SocketException|connect)[^\n]{0,80}(?:Cannot|Can't) assign requested address|\bEADDRNOTAVAIL\b|cannot assign requested address|(?<!ms[=:])\b10049\b(?! ?m?s\b)|WSAEADDRNOTAVAIL|no free (?:local |ephemeral )?port|无可用端口|端口(?:已)?耗尽/i,
    action: 'ports-exhausted',
    type: 'EADDRNOTAVAIL',
  },
  {
    pattern:
      /Too many open files|(?:running )?out of (?:file ?)?descriptors|\bEMFILE\b|\bENFILE\b|文件(?:描述符|句柄)(?:已)?(?:耗尽|不足)|打开(?:的)?文件过多/i,
    action: 'descriptors-exhausted',
    type: 'EMFILE',
  },
  {
    pattern:
      /No buffer space available|lacked sufficient buffer|\bENOBUFS\b|WSAENOBUFS|(?<!ms[=:])\b10055\b(?! ?m?s\b)|缓冲区空间不足/i,
    action: 'socket-memory',
    type: 'ENOBUFS',
  },
  {
    pattern: /\bEADDRINUSE\b|Address already in use|(?<!ms[=:])\b10048\b(?! ?m?s\b)/i,
    action: 'other',
    type: 'EADDRINUSE',
  },

  // Names.
  {
    pattern:
      /Resolving timed out|DnsNameResolverTimeout|DNS_?TIMEOUT|ETIMEOUT[^\n]{0,40}\bquery|query[A-Za-z]{0,6} ETIMEOUT|dial (?:tcp|udp)[46]?: i\/o timeout|lookup [^\n]{1,200}: (?:i\/o timeout|read udp[^\n]{0,120}i\/o timeout|dial udp[^\n]{0,120}timeout)|(?:read|dial) udp [^\n]{1,90}:53: i\/o timeout|DNS (?:lookup|query|resolution)[^\n]{0,40}timed? ?out|c-ares[^\n]{0,40}timeout|域名解析超时|解析(?:域名|主机)?[^\n]{0,8}超时|DNS(?:查询|解析)?超时/i,
    action: 'dns-timeout',
    phase: 'dns',
    type: 'dns',
  },
  {
    pattern:
      /Temporary failure in name resolution|(?<!\breverse )\bDNS lookup failed\b|DNSLookupError|Temporary DNS error while resolving|Host name lookup failure|Host not found \(non-authoritative\)|HttpRequestException: Resource temporarily unavailable \(|SocketException \(11\): Resource temporarily unavailable|\bEAI_AGAIN\b|Errno -3\]|getaddrinfo[^\n]{0,40}EAI_AGAIN|(?<!ms[=:])\b11002\b(?! ?m?s\b)|WSATRY_AGAIN|server misbehaving/i,
    action: 'dns-failed',
    phase: 'dns',
    type: 'EAI_AGAIN',
  },
  {
    pattern:
      /UnknownHostException|Failed host lookup|Could not resolve host|(?:reason[=:] ?|error, ?|: ?)nxdomain\b|IO::Socket::\w{1,12}: Bad hostname|Host not found \(authoritative\)|Name or service not known|nodename nor servname|No address associated with hostname|\bENOTFOUND\b|ERR_NAME_NOT_RESOLVED|no such host|NameResolutionError|getaddrinfo(?: failed|: no address)|gaierror|UnresolvedAddress|(?<!ms[=:])\b11001\b(?! ?m?s\b)|No such host is known|remote name could not be resolved|Unable to resolve host|Failed to resolve|域名解析(?:失败|错误)|无法解析(?!报文|消息|数据|响应|应答)|(?<!报文|消息|数据|协议|参数|响应|应答|格式)解析失败|未知主机/i,
    action: 'dns-failed',
    phase: 'dns',
    type: 'name',
  },

  // Refused, reset, unreachable: answers, not silence.
  {
    pattern:
      /Connection refused|\bECONNREFUSED\b|(?<!ms[=:])\b10061\b(?! ?m?s\b)|actively refused|连接被?拒绝|拒绝连接|curl: \(7\)[^\n]{0,80}refused/i,
    action: 'connection-refused',
    phase: 'connect',
    type: 'ECONNREFUSED',
  },
  {
    pattern:
      /No route to host|NoRouteToHost|\bEHOSTUNREACH\b|Host (?:is )?unreachable|(?<!ms[=:])\b10065\b(?! ?m?s\b)|主机不可达|无法到达主机/i,
    action: 'host-unreachable',
    phase: 'connect',
    type: 'EHOSTUNREACH',
  },
  {
    pattern:
      /Network is unreachable|\bENETUNREACH\b|(?<!ms[=:])\b10051\b(?! ?m?s\b)|\bENETDOWN\b|Network is down|网络不可达|无网络连接|网络未连接/i,
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
      /[Cc]onnect timed out|ConnectTimeout(?:Error|Exception)\b|ConnectTimeout: |CONNECT_TIMEOUT|Connection (?:to \S{1,255} )?timed out(?: after| \(connect timeout|\.|$|\n| \(Connection)|connection timed out after|connect timeout after|Failed to connect to [^\n]{1,255}Timeout was reached|dial tcp[^\n]{1,200}i\/o timeout|dial tcp[^\n]{1,200}(?:operation|connection) timed out|connect ETIMEDOUT|ConnectException: (?:Connection|Operation) timed out|A connection attempt failed because the connected party did not properly respond|(?<!ms[=:])\b10060\b(?! ?m?s\b)|connecting to [^\n]{1,200}timed out|connection attempt timed out|Unable to connect[^\n]{0,60}tim(?:ed out|eout)|SYN[_ ]?(?:SENT)?[^\n]{0,30}timeout/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },
  {
    pattern:
      /(?:连接|建链|建立连接|连接(?:服务器|主机|前置|网关|后台))(?:[^\n=\d[]{0,12})(?:\d{1,3}(?:\.\d{1,3}){3}(?:[:：]\d{1,5})?[^\n=\d[]{0,6})?超时(?![=:：[]?\s{0,2}\d)|(?:^|[^A-Za-z])(?:\w{0,12}_)?[cC]onnect\w{0,8}[: (\])-]{0,4}(?:select|poll|epoll_wait)?\s?(?:返回)?超时(?![=:：[]?\s{0,2}\d)/,
    action: 'connect-timeout',
    phase: 'connect',
    type: 'connect',
  },

  // OCaml's Lwt has one exception for every wait (Lwt_unix.with_timeout): what was under way is named beside it.
  {
    pattern: /\bLwt(?:_unix)?\.Timeout\b[^\n]{0,60}\bconnect\b|\bconnect\b[^\n]{0,60}\bLwt(?:_unix)?\.Timeout\b/,
    ...{ action: 'connect-timeout', phase: 'connect', type: 'connect' },
  },
  {
    pattern: /\bLwt(?:_unix)?\.Timeout\b/,
    ...{ action: 'response-timeout', phase: 'response', type: 'read' },
  },

  // The same in Python's trio: fail_after raises one class for every wait.
  {
    pattern: /\bconnect\w{0,4}\b[^\n]{0,80}\btrio\.TooSlowError\b/,
    ...{ action: 'connect-timeout', phase: 'connect', type: 'connect' },
  },
  {
    pattern: /\b(?:handshake|TLS)\b[^\n]{0,80}\btrio\.TooSlowError\b/i,
    ...{ action: 'tls-timeout', phase: 'tls', type: 'tls' },
  },
  {
    pattern: /\btrio\.TooSlowError\b/,
    ...{ action: 'response-timeout', phase: 'response', type: 'read' },
  },

  // Waiting.
  {
    pattern:
      /Read timed out|Timeout was reached|Operation too slow\. Less than|The read operation timed out|ReadTimeout(?:Error|Exception)?\b(?!=)|HEADERS_TIMEOUT|BODY_TIMEOUT|Client\.Timeout exceeded while (?:awaiting headers|reading)|Operation timed out after \d{1,9} milliseconds|SocketTimeoutException|\bi\/o timeout\b|[Tt]imeout of \d{1,9} ?ms exceeded|HttpClient\.Timeout|TimeoutException|ESOCKETTIMEDOUT|\bETIMEDOUT\b|TimeoutError|socket\.timeout(?!\.)|context deadline exceeded|request timed out|response timed out|[Tt]imed out (?:while )?waiting|(?:waiting for|awaiting) (?:response|reply|answer)[^\n]{0,40}tim(?:ed out|eout)|(?:response|reply|read|receive|recv|request|transaction) time-?out(?!\s{0,2}[=:]\s{0,2}\d)|\[Errno (?:110|60)\]|errno(?:=| )110|upstream timed out|[Nn]o (?:response|answer|reply) (?:received )?(?:from|within|after)|InterruptedIOException: timeout|Connection timed out/,
    action: 'response-timeout',
    phase: 'response',
    type: 'read',
  },
  {
    pattern:
      /(?:读|读取|接收|应答|响应|等待应答|等待响应|等待返回|通讯|通信|交易|发送|请求|收包|网络)(?:[^\n=\d[]{0,8})超时(?![=:：[]?\s{0,2}\d)|\b(?:select|poll|epoll_wait|recv|read|send|write)(?:\(\))?\s?(?:返回)?超时(?![=:：[]?\s{0,2}\d)|超时(?:未|没有)(?:收到)?(?:应答|响应)|未收到(?:主机)?应答/,
    action: 'response-timeout',
    phase: 'response',
    type: 'read',
  },
  {
    // A blocking socket's wait (SO_RCVTIMEO) ran out, socket(7): one that does not block is asked again. Mono has words of its own for it
    // (mcs/class/System/System.Net.Sockets: WSAEWOULDBLOCK), which .NET uses where nobody waits.
    pattern:
      /\b(?:read|recv|receive|answer|response)\b.{0,120}(?:Resource temporarily unavailable|os error (?:11|35)\b)|(?:SocketException|read data from the transport connection)[^\n]{0,24}: Operation on non-blocking socket would block/i,
    ...{ action: 'response-timeout', phase: 'response', type: 'EAGAIN' },
  },
  // Rust's std::net says no more than that where a limit of a read or write ran out (TcpStream::set_read_timeout, "Platform-specific behavior").
  {
    pattern:
      /\b(?:tls|ssl|handshake)\b[^\n]{0,60}: (?:Resource temporarily unavailable|Operation would block) \(os error (?:11|35)\)/i,
    ...{ action: 'tls-timeout', phase: 'tls', type: 'EAGAIN' },
  },
  {
    pattern:
      /^(?![^\n]*\b(?:spawn|fork|thread|process|lock)\b)[^\n]*(?:[Ee]rror|[Ff]ailed|ConnectionFailed|Io\(?)[^\n]{0,60}: Resource temporarily unavailable \(os error (?:11|35)\)/,
    ...{ action: 'response-timeout', phase: 'response', type: 'EAGAIN' },
  },

  // The other side went away.
  {
    pattern:
      /Connection reset|\bECONNRESET\b|(?<!ms[=:])\b10054\b(?! ?m?s\b)|reset by peer|forcibly closed|连接(?:被)?重置|连接复位/i,
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
      /(?<!\w)(?:SSL)?HandshakeException|SSLException|SSLError|ssl\.SSL|handshake[_ ]fail|no protocols in common|unsupported protocol|wrong version number|protocol[_ ]version|no cipher/i,
    action: 'tls-failed',
    phase: 'tls',
    type: 'tls',
  },
]
