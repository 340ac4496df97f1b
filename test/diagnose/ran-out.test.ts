import { beforeAll, describe, expect, test } from 'vitest'
import type { Pack } from '../../pipeline/match/pack.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { tellStory } from '../../pipeline/run/story.js'

let pack: Pack
beforeAll(async () => {
  pack = await loadPack()
})
/** A till's log, in a language of its own. */
const phases = (...lines: string[]) =>
  tellStory(pack, {
    roles: { t1: 'terminal' },
    hosts: { t1: { 'whytimeout.terminal_id': 'T1', 'whytimeout.site_id': 'S1' } },
    lines: { 't1/till.log': lines },
  }).verdicts.map((v) => [v.whytimeout.episode.phase, Math.round((v.event.duration ?? 0) / 1e6)])

const START = '2026-03-02 12:00:00.100 INFO till 4.1.0 starting url=https://pay.example:8443/sale'
const BEGIN = '2026-03-02 12:00:10.000 INFO vendita stan=000123 importo=9.64'

describe('what failed without a reason that anybody understands', () => {
  test.each<[string, string[], [string, number][]]>([
    [
      'at the limit for answers that the settings name',
      [
        `${START} connect_timeout=2000 read_timeout=7000`,
        BEGIN,
        '2026-03-02 12:00:17.040 ERROR stan=000123 non riuscito durata=7040ms',
      ],
      [['response', 7_040]],
    ],
    [
      'at the limit for connections',
      [
        `${START} connect_timeout=2500 read_timeout=7000`,
        BEGIN,
        '2026-03-02 12:00:12.540 ERROR stan=000123 non riuscito durata=2540ms',
      ],
      [['connect', 2_540]],
    ],
    [
      'between the limits: it failed',
      [
        `${START} connect_timeout=2500 read_timeout=7000`,
        BEGIN,
        '2026-03-02 12:00:14.100 ERROR stan=000123 non riuscito durata=4100ms',
      ],
      [],
    ],
    [
      'no limit known, after whole seconds',
      [BEGIN, '2026-03-02 12:00:12.030 ERROR stan=000123 nicht erfolgt, fehlgeschlagen dauer=2030ms'],
      [['response', 2_030]],
    ],
    [
      'no limit known, after some time',
      [BEGIN, '2026-03-02 12:00:12.640 ERROR stan=000123 fehlgeschlagen dauer=2640ms'],
      [],
    ],
    ...[2_500, 2_540].map((ms): [string, string[], [string, number][]] => [
      `no limit known, after half a second more, nearly exactly: ${ms} ms`,
      [BEGIN, `2026-03-02 12:00:12.${ms - 2_000} ERROR stan=000123 fehlgeschlagen dauer=${ms}ms`],
      [['response', ms]],
    ]),
    [
      'no limit known, after half a second and some more',
      [BEGIN, '2026-03-02 12:00:12.570 ERROR stan=000123 fehlgeschlagen dauer=2570ms'],
      [],
    ],
    [
      'no limit known, after the half of the first second',
      [BEGIN, '2026-03-02 12:00:10.510 ERROR stan=000123 fehlgeschlagen dauer=510ms'],
      [],
    ],
    [
      'its words name connecting',
      [BEGIN, '2026-03-02 12:00:13.020 ERROR stan=000123 Verbindungsaufbau fehlgeschlagen dauer=3020ms'],
      [['connect', 3_020]],
    ],
    [
      'its words name a handshake',
      [BEGIN, '2026-03-02 12:00:13.020 ERROR stan=000123 TLS-Handshake fehlgeschlagen dauer=3020ms'],
      [['tls', 3_020]],
    ],
    [
      'its words name connecting, but it took no limit',
      [BEGIN, '2026-03-02 12:00:13.320 ERROR stan=000123 Verbindungsaufbau fehlgeschlagen dauer=3320ms'],
      [],
    ],
    [
      'its words name connecting, the limit that ran out is for answers',
      [
        `${START} connect_timeout=2000 read_timeout=7000`,
        BEGIN,
        '2026-03-02 12:00:17.040 ERROR stan=000123 Verbindungsaufbau fehlgeschlagen dauer=7040ms',
      ],
      [['response', 7_040]],
    ],
    [
      'its words name connecting, and both limits are as long',
      [
        `${START} connect_timeout=7000 read_timeout=7000`,
        BEGIN,
        '2026-03-02 12:00:17.040 ERROR stan=000123 Verbindungsaufbau fehlgeschlagen dauer=7040ms',
      ],
      [['connect', 7_040]],
    ],
    [
      'a reason is given: it was refused',
      [BEGIN, '2026-03-02 12:00:12.020 ERROR stan=000123 fehlgeschlagen: Connection refused dauer=2020ms'],
      [],
    ],
  ])('%s', (_, lines, expected) => expect(phases(...lines)).toEqual(expected))
})

describe('a lookup that failed', () => {
  const failed = (at: string) =>
    `2026-03-02 12:00:${at} ERROR stan=000123 dns error: failed to lookup address information: Temporary failure in name resolution`
  test('seconds after its request began: it waited', () =>
    expect(phases(BEGIN, failed('15.010'))).toEqual([['dns', 5_010]]))
  test('at once', () => expect(phases(BEGIN, failed('10.050'))).toEqual([]))
  test('of a request that nobody saw begin', () => expect(phases(failed('15.010'))).toEqual([]))
})
