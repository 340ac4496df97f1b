import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { BLOCKS } from '../../pipeline/parse/formats/index.js'
import { createFramer } from '../../pipeline/parse/frame.js'
import { replay } from '../../pipeline/run/replay.js'
import { loadPack } from '../../pipeline/run/rules.js'
import type { Verdict } from '../../schemas/verdict.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const NOW = Date.parse('2026-03-07T00:00:00Z')
const scratch = () => mkdtemp(join(tmpdir(), 'laws-'))

type Log = { readonly host: string; readonly name: string; readonly records: readonly string[] }
/** The story's logs as records; only the twenty minutes around the first fault, so that many runs stay quick. */
async function storyLogs(): Promise<Log[]> {
  const logs: Log[] = []
  for (const host of (await readdir(join(STORY, 'logs'))).sort()) {
    for (const name of (await readdir(join(STORY, 'logs', host))).sort()) {
      const framer = createFramer(BLOCKS)
      const lines = (await readFile(join(STORY, 'logs', host, name), 'latin1')).split('\n')
      const records = [...lines.flatMap((l, i) => framer.push(l, i + 1)), ...framer.flush()].map((r) => r.text)
      logs.push({ host, name, records: records.slice(0, Math.ceil(records.length * 0.16)) })
    }
  }
  return logs
}

/** Writes logs into folders: `place` says into which root a record goes. */
async function lay(
  root: string,
  logs: readonly Log[],
  place: (log: number, record: number) => number,
): Promise<string[]> {
  const parts = new Map<string, string[]>()
  logs.forEach(({ host, name, records }, l) => {
    records.forEach((record, r) => {
      const path = join(root, String(place(l, r)), host, name)
      parts.set(path, [...(parts.get(path) ?? []), record])
    })
  })
  for (const [path, records] of parts) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `${records.join('\n')}\n`, 'latin1')
  }
  return (await readdir(root)).map((d) => join(root, d))
}

async function documents(
  paths: readonly string[],
  options: { bufferItems?: number } = {},
): Promise<Record<string, string>> {
  const out = await scratch()
  const { summary } = await replay({
    paths: [...paths],
    inventory: join(STORY, 'inventory.csv'),
    out,
    now: NOW,
    ...options,
  })
  const { read, events, filtered, duplicates, dead_lettered } = summary.books
  expect(events + filtered + duplicates + dead_lettered).toBe(read)
  for (const f of summary.files)
    expect(f.books.events + f.books.filtered + f.books.duplicates + f.books.dead_lettered).toBe(f.books.read)
  const found: Record<string, string> = {}
  for (const name of ['verdicts.ndjson', 'incidents.ndjson', 'health.ndjson', 'events.ndjson', 'origins.yml'])
    found[name] = await readFile(join(out, name), 'utf8')
  await rm(out, { recursive: true })
  return found
}

let logs: Log[]
let expected: Record<string, string>
beforeAll(async () => {
  logs = await storyLogs()
  const root = await scratch()
  expected = await documents(await lay(root, logs, () => 0))
  await rm(root, { recursive: true })
})

describe('law 1: same logs, same documents', () => {
  test('the story has timeouts to begin with', () =>
    expect(expected['verdicts.ndjson']?.split('\n').length).toBeGreaterThan(20))
  test('and incidents', () => expect(expected['incidents.ndjson']?.split('\n').length).toBeGreaterThan(1))

  test('any split at record boundaries, any order, any redelivery, any size of the sort', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.nat(1_000),
        fc.boolean(),
        fc.integer({ min: 50, max: 5_000 }),
        async (roots, seed, twice, bufferItems) => {
          const root = await scratch()
          const paths = await lay(root, logs, (l, r) => (l * 7919 + r * 104_729 + seed) % roots)
          if (twice) {
            await cp(paths[0] as string, join(root, 'again'), { recursive: true })
            paths.push(join(root, 'again'))
          }
          const shuffled = seed % 2 === 0 ? paths : [...paths].reverse()
          expect(await documents(shuffled, { bufferItems })).toEqual(expected)
          await rm(root, { recursive: true })
        },
      ),
      { numRuns: 12 },
    )
  }, 180_000)
})

test('law 4: any bytes are data: no crash, the books balance', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 12 }), fc.nat(5), async (blobs, pick) => {
      const root = await scratch()
      const real = logs[pick % logs.length]?.records.slice(0, 20).map((r) => Buffer.from(r, 'latin1')) ?? []
      const mixed = blobs.flatMap((b, i) => [
        Buffer.from(b),
        Buffer.from('\n'),
        real[i % Math.max(1, real.length)] ?? Buffer.alloc(0),
        Buffer.from('\n'),
      ])
      await mkdir(join(root, 'x/h'), { recursive: true })
      await writeFile(join(root, 'x/h/a.log'), Buffer.concat([...mixed, Buffer.from('\n')]))
      await documents([join(root, 'x')])
      await rm(root, { recursive: true })
    }),
    { numRuns: 40 },
  )
}, 180_000)

describe('law 5: no card data leaves', () => {
  const luhn = (digits: string): boolean =>
    [...digits]
      .reverse()
      .reduce((sum, c, i) => sum + (i % 2 === 0 ? Number(c) : Number(c) > 4 ? Number(c) * 2 - 9 : Number(c) * 2), 0) %
      10 ===
    0
  const complete = (body: string): string => body + ([...'0123456789'].find((d) => luhn(body + d)) ?? '')
  const CARDS = [
    '453957876362148',
    '542523343010990',
    '37424545540012',
    '601153977182936',
    '356697431820041',
    '3056930902590',
    '621834759208167',
  ].map(complete)
  const forms = (pan: string): string[] => [
    pan,
    (pan.match(/.{1,4}/g) ?? []).join(' '),
    (pan.match(/.{1,4}/g) ?? []).join('-'),
    `;${pan}=25121011000012345678?`,
    `pan=${pan}`,
    `卡号[${pan}]`,
    `"cardNumber":"${pan}"`,
    `"n":${pan}`,
    `16${pan}000000`,
    `\\u003${pan}`,
  ]

  test('a card number in any place of any format comes out nowhere', async () => {
    const root = await scratch()
    const planted = logs.map((log, l) => ({
      ...log,
      records: log.records.slice(0, 60).flatMap((record, r) => {
        const form = forms(CARDS[(l + r) % CARDS.length] as string)[(l * 3 + r) % 10] as string
        const bytes = Buffer.from(form, 'utf8').toString('latin1')
        const at = (r * 13) % (record.length + 1)
        return [record, `${record.slice(0, at)} ${bytes} ${record.slice(at)}`, `${record} ${bytes}`, bytes]
      }),
    }))
    const paths = await lay(root, planted, () => 0)
    const fixtures = join(import.meta.dirname, '../../fixtures/formats')
    for (const id of await readdir(fixtures)) {
      for (const file of (await readdir(join(fixtures, id))).filter((f) => f.endsWith('.log'))) {
        const lines = (await readFile(join(fixtures, id, file), 'utf8'))
          .split('\n')
          .map((line, i) => `${line} ${forms(CARDS[i % CARDS.length] as string)[i % 10]}`)
        await mkdir(join(root, 'f', id), { recursive: true })
        await writeFile(join(root, 'f', id, file), lines.join('\n'))
      }
    }
    const out = await scratch()
    const { summary, verdicts } = await replay({
      paths: [...paths, join(root, 'f')],
      inventory: join(STORY, 'inventory.csv'),
      out,
      now: NOW,
      allEvents: true,
    })
    expect(summary.books.read).toBeGreaterThan(1_000)
    const everything = [
      JSON.stringify([summary, verdicts]),
      ...(await Promise.all((await readdir(out)).map((f) => readFile(join(out, f), 'utf8')))),
    ].join('\n')
    // What is left of a number is its last four digits.
    const digits = everything.replace(/[ \-\u00a0]/g, '')
    for (const card of CARDS) {
      for (const [text, part] of [
        [everything, card],
        [digits, card],
        [digits, card.slice(1, -4)],
      ] as const) {
        const at = text.indexOf(part)
        expect(at < 0 ? '' : text.slice(at - 40, at + 40), `digits of ${card}`).toBe('')
      }
    }
    await rm(root, { recursive: true })
    await rm(out, { recursive: true })
  }, 120_000)

  test('two lines that differ only in the hidden digits are one event: ids give nothing away', async () => {
    const { eventId } = await import('../../pipeline/parse/event-id.js')
    const { maskForHash } = await import('../../pipeline/parse/mask.js')
    const id = (pan: string) => eventId(0, 'h/l', maskForHash(`sale pan ${pan} ok`), 0)
    const alike = Array.from({ length: 2_000 }, (_, n) => complete(`4539${String(n).padStart(8, '7')}148`)).filter(
      (pan) => pan.endsWith('1486'),
    )
    expect(alike.length).toBeGreaterThan(1)
    expect(new Set(alike.map(id)).size).toBe(1)
    expect(id(complete('453957876362999'))).not.toBe(id(alike[0] as string))
  })
})

describe('law 6: a verdict says only what its evidence says', () => {
  test('every bit of the winner is a signal that cites stored lines, and the scores follow from the bits', async () => {
    const pack = await loadPack()
    const verdicts = (expected['verdicts.ndjson'] ?? '')
      .split('\n')
      .filter(Boolean)
      .map((l) => JSON.parse(l) as Verdict)
    const stored = new Set(
      (expected['events.ndjson'] ?? '')
        .split('\n')
        .filter(Boolean)
        .map((l) => (JSON.parse(l) as { event: { id: string } }).event.id),
    )
    for (const v of verdicts) {
      const w = v.whytimeout
      for (const id of w.evidence.event_id) expect(stored).toContain(id)
      expect(Object.values(w.score).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2)
      expect(w.verdict.confidence).toBe(Math.max(...Object.values(w.score)))
      for (const c of w.detail.considered) {
        const prior = pack.mechanisms.find((m) => m.id === c.mechanism)?.priorBits ?? Number.NaN
        expect(c.bits).toBeCloseTo(prior + c.signals.reduce((sum, s) => sum + s.bits, 0), 3)
        for (const s of c.signals) expect(s.event_id.length).toBeGreaterThan(0)
      }
      if (w.verdict.cause !== 'unknown') expect(w.detail.evidence.some((e) => e.bits > 0)).toBe(true)
    }
  })

  test('no evidence, no verdict but unknown', async () => {
    const root = await scratch()
    await mkdir(join(root, 'h'))
    await writeFile(
      join(root, 'h/a.log'),
      '2026-03-06 10:00:00 ERROR sale failed tid=T1 connect timed out to 192.0.2.10:443 after 5000 ms\njava.net.SocketTimeoutException: Connect timed out\n',
    )
    const { verdicts } = await replay({ paths: [root], now: NOW })
    expect(verdicts.map((v) => v.whytimeout.verdict.cause)).toEqual(['unknown'])
    await rm(root, { recursive: true })
  })
})
