import { describe, expect, test } from 'vitest'
import { readColumns } from '../../pipeline/parse/columns.js'
import { enrich, NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { notesFor, type OriginNotes } from '../../pipeline/parse/infer-notes.js'
import { inferRoles } from '../../pipeline/parse/infer-roles.js'
import { parseRecord } from '../../pipeline/parse/record.js'
import type { LogEvent } from '../../schemas/event.js'
import { eventOf } from './event-of.js'

const AT = '2026-11-24 10:00:05.120'
/** As records come: one character a byte. */
const bytes = (text: string) => Buffer.from(text).toString('latin1')

describe('what tills say in other languages', () => {
  test.each([
    ['INFO venta stan=605973 AUTORIZADA en 249 ms', 'request-succeeded'],
    ['INFO operacion 296940 APROBADA (174 ms)', 'request-succeeded'],
    ['INFO operacion 296941 DENEGADA (174 ms)', 'request-succeeded'],
    ['INFO Zahlung trace=000412 genehmigt 212 ms', 'request-succeeded'],
    ['INFO usuario autorizado en la consola', 'other'],
    ['ERROR venta stan=605974 no autorizada: error de comunicacion (3000 ms)', 'request-failed'],
  ])('of a sale: %s', (said, action) => expect(eventOf(`${AT} ${said}`)['event.action']).toBe(action))
  test.each([
    ['INFO caja SU042052 arrancada, PHP 8.2.36', 'program-started'],
    ['INFO taquilla SU042053 lista (ruby 3.1.2)', 'program-started'],
    ['INFO pasarela iniciada version="3.4.1" adq1="10.0.0.5:5200"', 'program-started'],
    ['INFO configuración recargada (SIGHUP) adq1="10.0.0.5:5200"', 'config-changed'],
    ['INFO lista de precios 2.5', 'other'],
    ['DEBUG request{uri=/auth version=HTTP/1.1}: tower_http::trace::on_request: started processing request', 'other'],
  ])('of itself: %s', (said, action) => expect(eventOf(`${AT} ${said}`)['event.action']).toBe(action))
  test('the limits that it has from now on', () =>
    expect(
      eventOf(`${AT} INFO configuración recargada (SIGHUP) limite_conexion_ms=2000 limite_respuesta_ms=110`),
    ).toMatchObject({ 'whytimeout.connect_limit_ms': 2000, 'whytimeout.response_limit_ms': 110 }))
})

describe('how far it came', () => {
  test.each([
    [`ERROR stan=657286 curl=28 "SSL connection timeout" dns=0.026 con=0.000 tls=0.000`, 'tls-timeout'],
    [`ERROR stan=657286 curl=28 "Connection timeout" dns=0.026 con=0.000 tls=0.000`, 'connect-timeout'],
    [
      `ERROR cobro fallido TimeoutError ETIMEDOUT Timeout awaiting 'response' for 2500ms wait=0 dns=21 tcp=21 tls=19`,
      'response-timeout',
    ],
    ['ERROR connect 198.51.100.130:6100 timeout', 'connect-timeout'],
    ['INFO connect 198.51.100.130:6100 timeout 5000', 'other'],
    ['ERROR connect 198.51.100.130:6100 connection refused', 'connection-refused'],
    ['ERROR Host name lookup failure', 'dns-failed'],
    [bytes('[error] a(z) bramka.example név nem oldható fel: nxdomain (2002 ms)'), 'dns-timeout'],
    [bytes('[error] a(z) bramka.example név nem oldható fel: nxdomain (12 ms)'), 'dns-failed'],
  ])('%s', (said, action) => expect(eventOf(`${AT} ${said}`)['event.action']).toBe(action))
})

describe('a table with columns in other languages', () => {
  const HEAD = 'fecha;hora;nivel;terminal;operacion;suceso;detalle;ms'
  const row = (line: string) => {
    const outcome = parseRecord(line, {
      ...{ formats: FORMATS, host: 'h', logName: 'v.csv', entryFor: () => ({ columns: [HEAD] }) },
      ...{
        enrichment: NO_ENRICHMENT,
        shownValues: new Set<string>(),
        receivedAtMs: Date.parse('2026-12-01T00:00:00Z'),
      },
    })
    return outcome.kind === 'events' ? outcome.events[0]?.event : undefined
  }
  test('its header is one', () => expect(readColumns(HEAD)?.separator).toBe(';'))
  test('its date and time stand in two, and what happened in one', () => {
    expect(
      row('20261124;06:53:39.534;E;LV023062;433719;PAGO_FALLO;connect 198.51.100.130:6100 timeout;3638'),
    ).toMatchObject({
      '@timestamp': '2026-11-24T06:53:39.534Z',
      'event.dataset': 'table',
      'event.action': 'connect-timeout',
      'event.duration': 3_638_000_000,
      'whytimeout.terminal_id': 'LV023062',
    })
  })
})

describe('roles', () => {
  const log = (origin: string, formats: readonly string[], ...terminals: string[]): OriginNotes => ({
    ...notesFor(origin),
    ...{ formats: new Set(formats), terminals: new Set(terminals) },
  })
  const rolesOf = (...logs: OriginNotes[]) =>
    Object.fromEntries([...inferRoles(logs, undefined)].map(([host, { role }]) => [host, role]))
  test('who runs its own workers and logs requests as nginx does is a server where a proxy stands before it', () =>
    expect(
      rolesOf(
        log('app1/access.log', ['nginx']),
        log('app1/gunicorn.log', ['app-server']),
        log('lb1/haproxy.log', ['haproxy']),
      ),
    ).toEqual({ app1: 'server', lb1: 'gateway' }))
  test("near miss: a proxy's own log of its upstream beside the workers", () =>
    expect(
      rolesOf({ ...log('app1/error.log', ['nginx']), accepts: true }, log('app1/php.log', ['app-server'])).app1,
    ).toBe('gateway'))
  test('a program of PHP that names one terminal is that terminal', () =>
    expect(rolesOf(log('s2/caja-php.log', ['app-server'], 'SU042052')).s2).toBe('terminal'))
})

describe("a gateway's wait that names the caller and whom it calls", () => {
  const inventory = undefined
  const called = (message: string) =>
    enrich(
      {
        ...{ 'event.action': 'response-timeout', message, 'source.ip': '198.51.100.7', 'source.port': 44_644 },
        ...{ 'destination.ip': '10.0.0.5', 'destination.port': 8090 },
      } as LogEvent,
      0,
      { role: 'gateway' },
      { inventory, siteOfAddress: new Map([['198.51.100.7', 'S1']]) },
    )['whytimeout.called']
  test('is for the one that it calls', () => {
    expect(called('failed origen=198.51.100.7:44644 destino=10.0.0.5:8090: operation timed out')).toBeUndefined()
    expect(called('from 198.51.100.7:44644 error sending request for url (http://10.0.0.5:8090/auth)')).toBeUndefined()
  })
  test('near miss: both ends of one connection', () =>
    expect(called('read 10.0.0.5:8090<-198.51.100.7:44644: timed out')).toBe(true))
})

test('a route to one address alone concerns the site whose address that is', () => {
  const event = eventOf('[2026-11-24T05:59:31.308213] 203.0.113.20 via 203.0.113.6 dev ge1 proto static')
  expect(event['whytimeout.network']).toBe('203.0.113.20/32')
  const siteOfAddress = new Map([['203.0.113.20', 'S1']])
  expect(enrich(event, 0, {}, { inventory: undefined, siteOfAddress })['whytimeout.site_id']).toBe('S1')
})

describe('what a program calls itself', () => {
  test.each([
    ['INFO kiosk A3941890 online', 'A3941890'],
    ['INFO caja SU042052 venta aprobada', 'SU042052'],
    ['INFO terminal emulation V2021 started', undefined],
    ['INFO lane R2D2.local:80', undefined],
  ])('%s', (said, terminal) => expect(eventOf(`${AT} ${said}`)['whytimeout.terminal_id']).toBe(terminal))
  test.each([
    '| INFO     | vend.main:25 | sale ok',
    '| INFO     | vend.main:run:25 - sale ok',
    '| INFO     | vend:main:25 - sale ok',
    '| INFO     | __main__:<module>:25 - sale ok',
  ])('a place in the code is no host with a port: %s', (said) => {
    const event = eventOf(`${AT} ${said}`)
    expect(event['destination.port']).toBeUndefined()
    expect(event['log.logger']).toMatch(/^(?:vend|__main__)/)
    expect(event.message).toContain('sale ok')
  })
  test('near miss: a host with its port', () =>
    expect(eventOf(`${AT} INFO connect sale.example.net:7001 | sale ok`)['destination.port']).toBe(7001))
})

describe('libraries that say little', () => {
  test.each([
    ['Net::OpenTimeout: Net::OpenTimeout', 'tls-timeout'],
    ['Net::OpenTimeout: execution expired', 'connect-timeout'],
    ['Net::OpenTimeout: Failed to open TCP connection to 192.0.2.7:443 (execution expired)', 'connect-timeout'],
    [
      'System.IO.IOException: Unable to read data from the transport connection: Operation on non-blocking socket would block.',
      'response-timeout',
    ],
    ['java.util.concurrent.TimeoutException: connecting to 192.0.2.7:7001', 'connect-timeout'],
    ['java.util.concurrent.TimeoutException: DNS lookup', 'dns-timeout'],
    ['TimeoutException after 0:00:02.000000: Future not completed', 'response-timeout'],
    ['HandshakeException: Connection terminated during handshake', 'tls-failed'],
    ['no 0210 from 192.0.2.7', 'response-timeout'],
    ['no 0210 field 39', 'other'],
  ])('%s', (said, action) => expect(eventOf(`${AT} ERROR ${said}`)['event.action']).toBe(action))
  test.each([
    ['codigo de respuesta 91', '91'],
    ['código de respuesta: 05', '05'],
    ['codigo 91', undefined],
  ])('a code of response: %s', (said, code) =>
    expect(eventOf(`${AT} INFO ${said}`)['whytimeout.response_code']).toBe(code),
  )
  test.each([
    ['STATUS 504 Gateway Timeout stan=12', 504],
    ['the host answered: 503 Service Unavailable', 503],
    ['took 504 ms', undefined],
  ])('a status: %s', (said, status) => expect(eventOf(`${AT} WARN ${said}`)['http.response.status_code']).toBe(status))
})

describe('PowerDNS Authoritative Server', () => {
  const of = (said: string) => eventOf(`Nov 24 10:00:05 ns1 pdns_server[123]: ${said}`)
  test('tells of zones loaded and of who asked', () => {
    expect(of("Zone 'pay.example' (/etc/pdns/pay.zone) reloaded")).toMatchObject({
      'event.action': 'dns-config',
      'event.reason': 'the zone was loaded anew',
    })
    expect(of("Remote 192.0.2.1 wants 'gw.pay.example|A', do = 0, bufsize = 1232: packetcache MISS")).toMatchObject({
      'event.action': 'dns-query',
      'source.ip': '192.0.2.1',
      'dns.question.name': 'gw.pay.example',
    })
  })
})

describe('that nothing came within a time, in the grammar of a language', () => {
  test.each([
    ['Uzgadnianie TLS z 192.0.2.20:8443 nie zakończone w 2000 ms, sprzedaż nr 101454', 'tls-timeout'],
    ['Przekroczono czas łączenia z 192.0.2.20:8443 (2000 ms)', 'connect-timeout'],
    ['İşlem 209358: 3000 ms içinde cevap gelmedi', 'response-timeout'],
    ['İşlem 209358: gw.example:8080 ile bağlantı kurulamadı, süre doldu (2000 ms)', 'connect-timeout'],
    ['prodej 545591: server neodpověděl do 3000 ms', 'response-timeout'],
    ['Eladás 050415: 3000 ms alatt nem jött válasz', 'response-timeout'],
    ['Server hat innerhalb von 3000 ms keine Antwort geliefert', 'response-timeout'],
    ['connexion à 192.0.2.7:7001 pas établie en 2 s', 'connect-timeout'],
    ['la conexión con 192.0.2.7:7001 no se estableció en 2000 ms', 'connect-timeout'],
    ['ответ не получен за 3000 мс', 'response-timeout'],
    ['máy chủ không trả lời trong 3000 ms', 'response-timeout'],
  ])('%s', (said, action) => expect(eventOf(bytes(`${AT} ERROR ${said}`))['event.action']).toBe(action))
  test.each(['no errores en 5 s', 'non-200 response in 300 ms', 'keine Fehler in 30 s', 'new network do 5 s'])(
    'near miss: %s',
    (said) => expect(eventOf(bytes(`${AT} INFO ${said}`))['event.action']).not.toMatch(/timeout/),
  )
  test.each([
    ['TLS handshake s 192.0.2.20:8443 selhal: wantread po 2000 ms', 'tls-timeout'],
    ['receive: wantread', 'response-timeout'],
  ])('LuaSec: %s', (said, action) => expect(eventOf(bytes(`${AT} ERROR ${said}`))['event.action']).toBe(action))
  test.each([
    'limit połączenia 2000 ms, limit odpowiedzi 3000 ms',
    'bağlanma sınırı 2000 ms, cevap sınırı 3000 ms',
    'csatlakozási határidő=2000ms válasz határidő=3000ms',
    'limit spojení 2000 ms limit odpovědi 3000 ms',
    'bağlantı_süresi=2000ms yanıt_süresi=3000ms',
  ])('limits: %s', (said) =>
    expect(eventOf(bytes(`${AT} INFO start 4.1 host=gw.example:8443 ${said}`))).toMatchObject({
      'event.action': 'program-started',
      'whytimeout.connect_limit_ms': 2000,
      'whytimeout.response_limit_ms': 3000,
    }),
  )
  test.each([
    ['İşlem 209349 onaylandı, cevap kodu 00, 102 ms', '209349'],
    ['Sprzedaż nr 101445 kwota 286.43 PLN', '101445'],
    ['Eladás 050415 elfogadva rc=00 227 ms', '050415'],
  ])('the number of a sale: %s', (said, stan) =>
    expect(eventOf(bytes(`${AT} INFO ${said}`))['whytimeout.stan']).toBe(stan),
  )
})

test("two requests of Apache's are told apart by their threads", () => {
  const of = (tid: number) =>
    eventOf(
      `[Tue Nov 24 10:47:09.006116 2026] [proxy:error] [pid 31771:tid ${tid}] (70007)The timeout specified has expired: AH00957: http: attempt to connect to 192.0.2.21:9100 (192.0.2.21:9100) failed`,
    )['whytimeout.extra']?.connection
  expect(of(31806)).not.toBe(of(31819))
})

describe('what a program says of itself, in its language', () => {
  test.each([
    ['[INFO] nạp lại cấu hình: cổng=8443 ctimeout=2000 rtimeout=150', 'config-changed'],
    ['WARN 設定を再読み込みしました', 'config-changed'],
    ['INFO Ayarlar yeniden yüklendi', 'config-changed'],
    ['INFO ustawienia zostały zmienione', 'config-changed'],
    ['INFO asetukset ladattu uudelleen', 'config-changed'],
    ['INFO POSアプリ起動 接続先=pay.example:8583', 'program-started'],
    ['INFO khởi động payclient host=pay.example:8443', 'program-started'],
    ['DEBUG 接続完了 198.51.100.10:8583', 'connect-succeeded'],
    ['DEBUG připojeno 198.51.100.10:8583', 'connect-succeeded'],
    ['INFO ekran ayarlari', 'other'],
    ['INFO 起動時間 12 秒', 'other'],
    ['INFO nicht verbunden 198.51.100.10:8583', 'other'],
  ])('%s', (said, action) => expect(eventOf(`${AT} ${bytes(said)}`)['event.action']).toBe(action))
  test('the port that it dials from now on', () => {
    expect(eventOf(`${AT} ${bytes('INFO 設定更新 port: 8583 -> 8853')}`)['destination.port']).toBe(8853)
    const line = {
      level: 40,
      time: '2026-11-24T11:11:24.594Z',
      key: 'port',
      old: '8583',
      new: '8853',
      msg: 'settings reloaded',
    }
    expect(eventOf(JSON.stringify(line))['destination.port']).toBe(8853)
  })
})

describe('what was changed, and to what', () => {
  test.each([
    'WARN perfil "norte" v42 aplicado: pasarela.puerto 8443 -> 8444, sin reinicio',
    'CONFIG perfil=praia versao=77 gateway.porta 8443 -> 8444',
    'INFO new port: 8443 => 8444',
  ])('the port: %s', (said) =>
    expect(eventOf(`${AT} ${bytes(said)}`)).toMatchObject({
      ...{ 'event.action': 'config-changed', 'destination.port': 8444, 'whytimeout.former_port': 8443 },
    }),
  )
  test('the limit', () =>
    expect(eventOf(`${AT} CONFIG perfil=varejo versao=118 resposta.timeout.ms 3000 -> 300`)).toMatchObject({
      ...{ 'event.action': 'config-changed', 'whytimeout.response_limit_ms': 300 },
      ...{ 'whytimeout.former_response_limit_ms': 3000 },
    }))
  test.each([
    ['anslutningsgräns 2000 ms svarsgräns 500 ms', 2000, 500],
    ['"limita_conectare": 2, "limita_raspuns": 3', 2000, 3000],
    ['ctimeout=2000 rtimeout=150', 2000, 150],
  ])('as they are called: %s', (said, connect, response) =>
    expect(eventOf(`${AT} INFO ${bytes(`programmet startat, ${said}`)}`)).toMatchObject({
      'whytimeout.connect_limit_ms': connect,
      'whytimeout.response_limit_ms': response,
    }),
  )
})

describe('phases by the words beside a bare error, and in the words of dio', () => {
  test.each([
    [
      `ERROR yhteyden muodostus aikakatkaistiin\nTraceback (most recent call last):\nTimeoutError: timed out`,
      'connect',
    ],
    [`ERROR vastaus aikakatkaistiin\nTraceback (most recent call last):\nTimeoutError: timed out`, 'response'],
  ])('%s', (said, phase) => expect(eventOf(`${AT} ${said}`)['whytimeout.phase']).toBe(phase))
  const flutter = (thrown: string) =>
    eventOf(
      bytes(
        `11-24 18:15:51.365 I/flutter ( 3327): ⛔ Paiement abandonné n° 015632 au bout de 2001 ms\n11-24 18:15:51.365 I/flutter ( 3327): ${thrown}`,
      ),
    )
  test.each([
    [
      'DioException [connection timeout]: The request connection took longer than 0:00:02.000000. It was aborted.',
      'connect-timeout',
    ],
    [
      'DioException [connection timeout]: The request connection took longer than 0:00:02.000000.\n11-24 18:15:51.365 I/flutter ( 3327): Error: HandshakeException: Connection terminated during handshake',
      'tls-timeout',
    ],
    [
      'DioException [receive timeout]: The request took longer than 0:00:03.000000 to receive data.',
      'response-timeout',
    ],
    [
      "DioException [connection error]: Failed host lookup: 'pay.example' (OS Error: No address, errno = 7)",
      'dns-timeout',
    ],
  ])('%s', (thrown, action) => expect(flutter(thrown)['event.action']).toBe(action))
})

test.each([
  ['INFO Paiement accepté n° 079879 {"duree_ms":165.0}', 165e6],
  ['INFO sale approved stan=123456 elapsed_ms=12.0', 12e6],
  ['INFO sale approved stan=123456 duration=1.566018718', 1566e6],
])('a length of time with its unit in its name, or in seconds as a fraction: %s', (said, ns) =>
  expect(eventOf(`${AT} ${bytes(said)}`)['event.duration']).toBe(ns),
)

test('near miss: the table of a small router is no log of a carrier', () =>
  expect(
    eventOf(
      'Nov 24 10:00:31 r1 Vigor: [NAT] session table is full! (max 50000, in use 50000), new session from 192.0.2.9 dropped',
    )['event.dataset'],
  ).not.toBe('carrier-nat'))

describe('access logs of layouts without names', () => {
  test('whose request it was, and microseconds by their unit', () =>
    expect(
      eventOf(
        '192.0.2.2:45919 - - [24/Nov/2026:10:44:54 +0000] "POST /v1/pay HTTP/1.1" 502 578 1001472US worker=a tid=TR946544 stan=574389',
      ),
    ).toMatchObject({
      ...{ 'whytimeout.terminal_id': 'TR946544', 'whytimeout.stan': '574389', 'event.duration': 1001472000 },
      ...{ 'event.dataset': 'apache', '@timestamp': '2026-11-24T10:44:55.001Z' },
    }))
  test('HAProxy without cookies', () =>
    expect(
      eventOf(
        '192.0.2.2:57778 [24/Nov/2026:18:18:26.547] fe~ be/s1 0/0/0/-1/4002 504 198 sH-- 3/3/2/2/0 0/0 "POST /pay HTTP/1.1"',
      ),
    ).toMatchObject({ 'event.action': 'response-timeout', 'event.dataset': 'haproxy' }))
})

describe('Knot Resolver and NSD', () => {
  test.each([
    [
      "Nov 24 10:45:54 ns kresd[786]: [reqdbg][iterat][15078.00]   'gw.example.' type 'A' new uid was assigned .01",
      'dns-query',
    ],
    ['Nov 24 10:45:54 ns kresd[786]: gw.example.\t4\tA\t192.0.2.20', 'dns-answer'],
    [
      "Nov 24 10:45:54 ns kresd[786]: [reqdbg][resolv][38640.01]   => id: '45300' querying: 'example.'@'192.0.2.54#00053' zone cut: '.' qname: 'gw.example.' qtype: 'AAAA' proto: 'udp'",
      'dns-forwarded',
    ],
    ['[2026-11-24 10:46:10.525] nsd[30544]: warning: SIGHUP received, reloading...', 'dns-config'],
    ['[2026-11-24 10:45:50.659] nsd[30544]: info: zone karta.example read with success', 'other'],
    ['[2026-11-24 10:45:50.513] nsd[30533]: notice: nsd starting (NSD 4.6.1)', 'program-started'],
  ])('%s', (said, action) => expect(eventOf(said)['event.action']).toBe(action))
})

test('KeeneticOS sets a route', () =>
  expect(
    eventOf('Nov 24 11:43:58 rt1 ndm: Network::RoutingTable: Added static route: 198.51.100.20/32 via Wireguard0.'),
  ).toMatchObject({ 'event.action': 'config-changed', 'whytimeout.network': '198.51.100.20/32' }))
test('near miss: a route that is only shown', () =>
  expect(eventOf('Nov 24 11:43:58 rt1 ndm: static route: 198.51.100.20/32 via Wireguard0.')['event.action']).toBe(
    'other',
  ))
