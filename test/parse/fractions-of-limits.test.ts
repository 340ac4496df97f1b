import { describe, expect, test } from 'vitest'
import { givenUpAt } from '../../pipeline/parse/given-up.js'
import { readLimits } from '../../pipeline/parse/limits.js'

describe('a wait that ran out, beside a limit below a second', () => {
  test.each([
    'Read timed out. (read timeout=0.8)',
    "HTTPSConnectionPool(host='gw1.pay.example', port=443): Read timed out. (read timeout=0.8)",
    "HTTPConnectionPool(host='192.0.2.7', port=7101): Read timed out. (read timeout=0.05)",
    'Connection to 192.0.2.7 timed out. (connect timeout=0.25)',
    'Read timed out. (read timeout=0,8)',
    'Read timed out. (read timeout: 0.8)',
    'Read timed out. (read timeout=10)',
    'Read timed out. (read timeout=8.0)',
    'request timed out {"timeout":"0.8s"}',
    "request timed out {'timeout': 0.8}",
  ])('%s', (line) => expect(givenUpAt(line)).toBeGreaterThanOrEqual(0))
  test.each([
    'Read timed out. (read timeout=0)',
    'poll timed out, timeout=0',
    'sessions=12 timed out 4 timeouts=0',
    'stats: read timed out: timeouts=0, retries=3',
    'stats: read timed out: timeouts=0,retries=3',
    'stats: read timed out: timeouts=0.',
    'stats: read timed out: timeouts: 0',
    'stats {"timed out":"-","timeouts":0}',
    'connection timed out handling: timeout=none',
    'connection timed out handling: timeout=false',
    'sent=10 lost=0 timeouts=0',
    'timeout=0.8',
    'read timeout=0.8 connect timeout=0.5',
  ])('near miss: %s', (line) => expect(givenUpAt(line)).toBeUndefined())
})

describe('limits in the words of other languages', () => {
  const both = (text: string) => {
    const { connectMs, responseMs } = readLimits(text)
    return [connectMs, responseMs]
  }
  test.each<[string, number, number]>([
    ['Parametros recarregados: ligacao=2s resposta=0.8s', 2_000, 800],
    ['Parâmetros recarregados: ligação=2s resposta=0.8s', 2_000, 800],
    ['parametros: ligacao=2000ms, resposta=800ms', 2_000, 800],
    ['Limiti ricaricati: collegamento=2s risposta=4s', 2_000, 4_000],
    ['Ayarlar: bağlantı 2000 ms, yanıt 4000 ms', 2_000, 4_000],
    ['Ayarlar: baglanti 2 s, cevap 4 s', 2_000, 4_000],
    ['Pengaturan: koneksi 2s, respons 4s', 2_000, 4_000],
    ['Cấu hình: kết nối 2s, phản hồi 4s', 2_000, 4_000],
    ['Ρυθμίσεις: σύνδεση 2000 ms, απάντηση 4000 ms', 2_000, 4_000],
    ['Настройки: връзка 2 s, отговор 4 s', 2_000, 4_000],
    ['limites: ligacao=2 resposta=0.8', 2_000, 800],
  ])('%s', (text, connect, response) => expect(both(text)).toEqual([connect, response]))
  test.each([
    'religacao=2s resposta=0.8s',
    'desligacao=2s sem resposta',
    'ligacao=2 resposta=3',
    'ligacao=2s',
    'resposta=0.8s ligacao ok',
    'ligacao=2sx resposta=0.8sx',
    'ligacao 2 sala resposta 3 sala',
    'ligacao=12:00 resposta=12:01',
  ])('near miss: %s', (text) => expect(both(text)[0]).toBeUndefined())
  test('a long line costs no time', () => {
    const began = performance.now()
    expect(both(`ligacao=2s ${'resposta=ligacao '.repeat(50_000)}`)).toEqual([undefined, undefined])
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})
