import { describe, expect, test } from 'vitest'
import { readNetworkError } from '../../pipeline/parse/network-error.js'

const trace = (head: string, ...frames: string[]): string => [head, ...frames.map((f) => `\tat ${f}`)].join('\n')

describe('errors of many makers, in our words', () => {
  test.each([
    // What is said over two lines, by the call that failed, by a broker, by a resolver that is asked by address
    [
      'Diagnostic: connect to relay.shop.example[192.0.2.9]:587:\n    Connection timed out',
      'connect-timeout',
      'connect',
    ],
    ["{ errno: -110, code: 'ETIMEDOUT', syscall: 'connect', port: 9443 }", 'connect-timeout', 'connect'],
    ["{ errno: -110, code: 'ETIMEDOUT', syscall: 'read' }", 'response-timeout', 'response'],
    [
      'System.TimeoutException: No connection to pay.example.net:443 within 10000 ms (20 attempts). ---> System.Net.Sockets.SocketException: An operation on a socket could not be performed because the system lacked sufficient buffer space',
      'connect-timeout',
      'connect',
    ],
    ['connect failed (10055)', 'socket-memory', undefined],
    // A step that its own limit cancelled: as the program names it, or by .NET's frames
    [
      'Échec étape=TLS durée=8701 ms System.OperationCanceledException: The operation was canceled.',
      'tls-timeout',
      'tls',
    ],
    [
      'System.Threading.Tasks.TaskCanceledException: A task was canceled.\n   bei System.Net.Sockets.TcpClient.ConnectAsync(String host)',
      'connect-timeout',
      'connect',
    ],
    [
      'System.TimeoutException: The operation has timed out.\n   at Lw.Pos.HostLink.TcpHostLink.Connect(IPEndPoint ep, Int32 ms) in C:\\x\\TcpHostLink.cs:line 164',
      'connect-timeout',
      'connect',
    ],
    ['System.OperationCanceledException: The operation was canceled. step=print', 'request-cancelled', undefined],
    ['sale failed after 10055 ms: Read timed out', 'response-timeout', 'response'],
    ['read response: The socket was closed due to a timeout [boost.beast:1]', 'response-timeout', 'response'],
    ['Client till-7 has exceeded timeout, disconnecting.', 'idle-timeout', 'idle'],
    ['resolver: dial udp 192.0.2.53:53: i/o timeout', 'dns-timeout', 'dns'],
    ['read answer: Resource temporarily unavailable (os error 11), no data for 15s', 'response-timeout', 'response'],
    ['read udp 192.0.2.7:40112->192.0.2.53:53: i/o timeout', 'dns-timeout', 'dns'],
    // Java
    [
      trace(
        'java.net.SocketTimeoutException: Connect timed out',
        'sun.nio.ch.NioSocketImpl.timedFinishConnect(NioSocketImpl.java:551)',
      ),
      'connect-timeout',
      'connect',
    ],
    [
      trace(
        'java.net.SocketTimeoutException: Read timed out',
        'sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)',
        'com.x.Link.read(Link.java:3)',
      ),
      'response-timeout',
      'response',
    ],
    [
      trace(
        'java.net.SocketTimeoutException: Read timed out',
        'sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)',
        'sun.security.ssl.SSLSocketImpl.startHandshake(SSLSocketImpl.java:455)',
      ),
      'tls-timeout',
      'tls',
    ],
    ['java.net.ConnectException: Connection timed out (Connection timed out)', 'connect-timeout', 'connect'],
    ['java.net.ConnectException: Connection refused', 'connection-refused', 'connect'],
    ['java.net.NoRouteToHostException: No route to host (Host unreachable)', 'host-unreachable', 'connect'],
    ['java.net.NoRouteToHostException: Cannot assign requested address', 'ports-exhausted', undefined],
    ['java.net.SocketException: Too many open files', 'descriptors-exhausted', undefined],
    ['java.net.UnknownHostException: pay.example.net: Name or service not known', 'dns-failed', 'dns'],
    [
      'javax.net.ssl.SSLHandshakeException: PKIX path building failed: unable to find valid certification path',
      'tls-failed',
      'tls',
    ],
    ['java.net.SocketException: Socket closed', 'request-cancelled', undefined],
    ['java.net.SocketException: Connection reset', 'connection-reset', undefined],
    ['java.io.EOFException', 'connection-closed', undefined],
    [
      'io.netty.channel.ConnectTimeoutException: connection timed out after 5000 ms: pay/192.0.2.10:443',
      'connect-timeout',
      'connect',
    ],
    ['io.netty.handler.ssl.SslHandshakeTimeoutException: handshake timed out after 10000ms', 'tls-timeout', 'tls'],
    // Python
    [
      'Traceback (most recent call last):\n  File "socket.py", line 836, in create_connection\n    sock.connect(sa)\nTimeoutError: timed out',
      'connect-timeout',
      'connect',
    ],
    [
      'Traceback (most recent call last):\n  File "ssl.py", line 1, in do_handshake\n    self._sslobj.do_handshake()\nTimeoutError: _ssl.c:989: The handshake operation timed out',
      'tls-timeout',
      'tls',
    ],
    [
      "requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='x', port=443): Read timed out. (read timeout=3.0)",
      'response-timeout',
      'response',
    ],
    [
      "requests.exceptions.ConnectTimeout: HTTPSConnectionPool(host='x', port=443): Max retries exceeded (Caused by ConnectTimeoutError('Connection to x timed out. (connect timeout=2.0)'))",
      'connect-timeout',
      'connect',
    ],
    ['socket.gaierror: [Errno -3] Temporary failure in name resolution', 'dns-failed', 'dns'],
    ['ConnectionRefusedError: [Errno 111] Connection refused', 'connection-refused', 'connect'],
    // Go, Node, .NET, curl
    ['dial tcp 192.0.2.10:443: i/o timeout', 'connect-timeout', 'connect'],
    ['net/http: TLS handshake timeout', 'tls-timeout', 'tls'],
    ['context deadline exceeded (Client.Timeout exceeded while awaiting headers)', 'response-timeout', 'response'],
    [
      'lookup pay.example.net on 192.0.2.53:53: read udp 10.0.0.5:40000->192.0.2.53:53: i/o timeout',
      'dns-timeout',
      'dns',
    ],
    ['lookup pay.example.net: no such host', 'dns-failed', 'dns'],
    ['Error: connect ETIMEDOUT 192.0.2.10:443', 'connect-timeout', 'connect'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout', 'connect'],
    ['UND_ERR_HEADERS_TIMEOUT', 'response-timeout', 'response'],
    ['timeout of 3000ms exceeded', 'response-timeout', 'response'],
    [
      'System.Net.Sockets.SocketException (10060): A connection attempt failed because the connected party did not properly respond',
      'connect-timeout',
      'connect',
    ],
    [
      'The request was canceled due to the configured HttpClient.Timeout of 3 seconds elapsing.',
      'response-timeout',
      'response',
    ],
    ['curl: (28) Resolving timed out after 2000 milliseconds', 'dns-timeout', 'dns'],
    // Words of one's own: fields, columns, short sentences
    ['Verkauf 004182 nicht: Net::ReadTimeout', 'response-timeout', 'response'],
    ['Verkauf 004182 nicht: Net::OpenTimeout', 'connect-timeout', 'connect'],
    ['host link err=deadline stan=004411', 'response-timeout', 'response'],
    ['event=no_answer stan=004411', 'response-timeout', 'response'],
    ['stan=004411 host no resp', 'response-timeout', 'response'],
    ['SALE;000412;203.0.113.44:7010;connect;timeout', 'connect-timeout', 'connect'],
    ['SALE;000412;203.0.113.44:7010;read;timeout', 'response-timeout', 'response'],
    ['deadline exceeded before connection was made', 'connect-timeout', 'connect'],
    ['context deadline exceeded while connecting to 203.0.113.9:7010', 'connect-timeout', 'connect'],
    ['Vente 000512 : delai depasse (5000 ms)', 'response-timeout', 'response'],
    ['Vente 000512 : délai maximum dépassé', 'response-timeout', 'response'],
    ['no link, gave up tc=2000ms', 'connect-timeout', 'connect'],
    ['no 0210 for stan 004412 within 22000 ms', 'response-timeout', 'response'],
    ['no authorisation from acquirer within 22 s', 'response-timeout', 'response'],
    ['card not charged, host did not answer within 9000 ms', 'response-timeout', 'response'],
    ['card not charged: java.net.SocketTimeoutException: Read timed out', 'response-timeout', 'response'],
    // Chinese
    ['交易失败 连接前置超时', 'connect-timeout', 'connect'],
    ['等待应答超时', 'response-timeout', 'response'],
    ['通讯超时,请重试', 'response-timeout', 'response'],
    ['域名解析超时', 'dns-timeout', 'dns'],
    ['域名解析失败', 'dns-failed', 'dns'],
    ['握手超时', 'tls-timeout', 'tls'],
    ['网络不可达', 'network-unreachable', 'connect'],
    ['用户取消交易', 'request-cancelled', undefined],
  ])('%s', (text, action, phase) => {
    const read = readNetworkError(text)
    expect([read?.action, read?.phase]).toEqual([action, phase])
  })
})

test('the limit that ran out is read where the error names it', () => {
  expect(readNetworkError('Connection to x timed out. (connect timeout=2.0)')?.limitMs).toBe(2000)
  expect(readNetworkError('timeout of 3000ms exceeded')?.limitMs).toBe(3000)
  expect(readNetworkError('no link, gave up tc=2000ms')?.limitMs).toBe(2000)
  expect(readNetworkError('no 0210 for stan 004412 within 22000 ms')?.limitMs).toBe(22_000)
  expect(readNetworkError('Vente 000512 : delai depasse (5000 ms)')?.limitMs).toBe(5000)
})

test.each([
  'started with connectTimeout=2000 readTimeout=3000',
  '终端启动 连接超时=2000ms 读超时=3000ms',
  'starting timeout=(2.0, 3.0)',
  'GET /health?timeout=30 200',
  'retries=0 timeouts=0',
  'client.setDefaultTimeout(30)',
  'keepalive timeout 75 set',
  '等待刷卡超时',
  'card insert timed out, back to idle screen',
  'PIN entry timeout',
  'transmit queue 0 timed out',
  'NIC timeout on eth0',
  'Setting --read-timeout (readtimeout) to 4',
  'no authentication attempts within 60 s',
  'no_answer=0 sent=40',
  'no_response_count=3',
  'card not inserted within 30 s',
])('%s is no network error', (text) => expect(readNetworkError(text)).toBeUndefined())

test.each([
  'AxiosError: timeout of 3000ms exceeded',
  'Post "https://gw:8443/v1": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  'The request was canceled due to the configured HttpClient.Timeout of 5 seconds elapsing.',
  "RequestError: Timeout awaiting 'request' for 5000ms",
  'java.io.InterruptedIOException: timeout',
])('a limit over the whole request: %s', (text) => expect(readNetworkError(text)?.isWhole).toBe(true))
test.each([
  'java.net.SocketTimeoutException: Read timed out',
  "RequestError: Timeout awaiting 'response' for 5000ms",
  'read tcp 10.0.0.1:40001->192.0.2.1:443: i/o timeout',
])('a limit of one step: %s', (text) => expect(readNetworkError(text)?.isWhole).toBeUndefined())

test.each([
  ['COMM OPEN FAIL (TIMEOUT) host=203.0.113.10 port=7001', 'connect-timeout'],
  ['[COMM] TCP OPEN TIMEOUT 203.0.113.10:7001 rc=-2', 'connect-timeout'],
  ['comm_open ret=-3(timeout) ip=203.0.113.10:7001', 'connect-timeout'],
  ['comm_recv ret=-3(timeout) stan=000123', 'response-timeout'],
  ['ERROR SSL_connect timeout tid=12345678 after 10s', 'tls-timeout'],
  ['mqtt: no PINGRESP within 30 s, closing', 'idle-timeout'],
])("a terminal library's own words: %s", (text, action) => expect(readNetworkError(text)?.action).toBe(action))

test('a message that cannot be parsed is no name that cannot be resolved', () => {
  expect(readNetworkError('报文解析失败:长度域错误')?.action).not.toBe('dns-failed')
  expect(readNetworkError('域名解析失败 gw.pay.example')?.action).toBe('dns-failed')
})

test("a gateway's page about its upstream is an answer to whoever reads it", () =>
  expect(readNetworkError('pos.ERROR: http 504 The upstream server is timing out')).toBeUndefined())
