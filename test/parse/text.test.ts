import { describe, expect, test } from 'vitest'
import { readText } from '../../pipeline/parse/text.js'

test.each([
  [
    'sale failed tid=PX-88 mid=M1234 stan=000812 after 5003 ms',
    { terminal: 'PX-88', merchant: 'M1234', stan: '000812', durationMs: 5003 },
  ],
  [
    '交易失败 终端号[TA004442] 商户号[898010176456772] 流水号[004117] 耗时[2002毫秒]',
    { terminal: 'TA004442', merchant: '898010176456772', stan: '004117', durationMs: 2002 },
  ],
  ['交易完成 流水号=002590 应答码=00 耗时=1.5秒', { stan: '002590', responseCode: '00', durationMs: 1500 }],
  ['response stan=003630 rc=00 elapsed=190ms', { stan: '003630', responseCode: '00', durationMs: 190 }],
  ['<-- 200 OK (384 ms) stan=004928', { status: 200, durationMs: 384, stan: '004928' }],
  ['connecting to https://gw.pay.example:8443/v1/auth', { domain: 'gw.pay.example', port: 8443 }],
  ["HTTPSConnectionPool(host='gw.pay.example', port=8443): x", { domain: 'gw.pay.example', port: 8443 }],
  [
    'read tcp 10.0.0.5:40000->192.0.2.10:443: i/o timeout',
    { sourceIp: '10.0.0.5', sourcePort: 40000, ip: '192.0.2.10', port: 443 },
  ],
  [
    '前置地址[gw.pay.example:5000] 连接超时[2s] 应答超时[3s]',
    { domain: 'gw.pay.example', port: 5000, connectLimitMs: 2000, responseLimitMs: 3000 },
  ],
  ['till starting timeout=(2.0, 3.0)', { connectLimitMs: 2000, responseLimitMs: 3000 }],
  ['connectTimeout=2000 readTimeout=3000', { connectLimitMs: 2000, responseLimitMs: 3000 }],
  ['与主机建立长连接 本地端口=33156', { sourcePort: 33156, keepAlive: true }],
  ['Resposta nsu=045809 Cod=00 Tempo=357ms', { stan: '045809', responseCode: '00', durationMs: 357 }],
  ['Payment 009299 approved in 578 ms', { stan: '009299', durationMs: 578 }],
  ['Kassa.Agent 4.2.6 starting on .NET 8.0.8', { version: '4.2.6' }],
  [
    'cURL error 28: timeout (see https://curl.haxx.se/errors.html) for https://pay.example:8583/a',
    { domain: 'pay.example', port: 8583 },
  ],
  // The ways in which programs of other makes give their limits.
  ['Timeout(connect=5.0, read=8.0, write=5.0, pool=2.0)', { connectLimitMs: 5000, responseLimitMs: 8000 }],
  ['ClientTimeout(total=12, connect=5, sock_read=6, sock_connect=3)', { connectLimitMs: 5000, responseLimitMs: 6000 }],
  ['tilld ready {"dial": "4s", "tls": "4s", "header": "7s"}', { connectLimitMs: 4000, responseLimitMs: 7000 }],
  ['dial_timeout=4s response_header_timeout=6s', { connectLimitMs: 4000, responseLimitMs: 6000 }],
  ['PayLink32 4.18.0 gestartet, PID 7420', { version: '4.18.0' }],
  ['tx=1 lim=1500 el=1504 rxb=0', { durationMs: 1504 }],
  ['TX 0210 stan=007083 rc=00 4150 ms', { durationMs: 4150 }],
  ['took 1.25 s for request_id=ab-12-cd', { durationMs: 1250, requestId: 'ab-12-cd' }],
  ['no frame, waited_ms=3002', { durationMs: 3002 }],
  ['vente abandonnée au bout de 3.00 s', { durationMs: 3000 }],
  // In other languages, shortened, and both of them in brackets.
  ['démarrage délai_connexion=5s', { connectLimitMs: 5000 }],
  ['límites conexión=3 tls=3 respuesta=2.5', { connectLimitMs: 3000, responseLimitMs: 2500 }],
  ['terminál spuštěn (spojení 2000 ms, odpověď 4000 ms)', { connectLimitMs: 2000, responseLimitMs: 4000 }],
  ['kiosk 7 ct=2000 rt=3000', { connectLimitMs: 2000, responseLimitMs: 3000 }],
  ['kiosk 7 connect_ms=3000 total_ms=5000', { connectLimitMs: 3000, responseLimitMs: 5000 }],
  // Trace numbers with letters or a dash, a terminal that is two numbers, the own port of a line that is kept.
  ['sale failed stan=01-000535', { stan: '01-000535' }],
  ['sale failed stan=K77011', { stan: 'K77011' }],
  ['sale declined term=8820-02', { terminal: '8820-02' }],
  ['frame sent lp=40122 bytes=88', { sourcePort: 40122 }],
])('%s', (text, facts) => expect(readText(text)).toMatchObject(facts))

test('a limit, or a wait that begins, is no duration', () => {
  for (const text of [
    '已发送消费 0200 流水号=000612, 等待应答 60000ms',
    '第1次连接 192.0.2.80:8583 timeout=8000ms',
    'waiting up to 30000 ms',
  ])
    expect(readText(text), text).not.toHaveProperty('durationMs')
})

test('numbers that are no address, id or duration are left alone', () => {
  expect(readText('version 1.2.3.4000 amount=12.50 Link.java:88')).not.toHaveProperty('ip')
  expect(readText('terminal application started')).not.toHaveProperty('terminal')
})

test('of a limit that is changed the new value counts', () => {
  expect(readText('read-timeout-ms 4000 -> 400')).toMatchObject({ responseLimitMs: 400 })
  expect(readText('readTimeout: 4s => 1s')).toMatchObject({ responseLimitMs: 1000 })
  expect(readText('connect-timeout-ms 8000 -> 2500')).toMatchObject({ connectLimitMs: 2500 })
})

test('what a request took is no limit', () => {
  for (const text of ['sale ok ct=12 rt=310', 'sale ok connect_ms=41 total_ms=393']) {
    expect(readText(text), text).not.toHaveProperty('connectLimitMs')
    expect(readText(text), text).not.toHaveProperty('responseLimitMs')
  }
})

test('a time, a thread, a shell and a contract are no terminals', () => {
  for (const text of ['probe tid=149ms', '[pid 17:tid 139860422317952] up', 'TERM=xterm-256color', 'term=36 months'])
    expect(readText(text), text).not.toHaveProperty('terminal')
})

test('a service that listens is no own port', () =>
  expect(readText('listening lp=443')).not.toHaveProperty('sourcePort'))

describe('the name of the next pair is no unit', () => {
  test.each([
    ['purchase approved took=42 m=ok', 42],
    ['took=42 s=ok', 42],
    ['took=42 min', 42 * 60_000],
  ])('%s', (text, durationMs) => expect(readText(text).durationMs).toBe(durationMs))
})
