import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isWellKnown } from '../../pipeline/export/well-known.js'
import { type ExportOptions, exportAnonymised } from '../../pipeline/run/export.js'
import { replay } from '../../pipeline/run/replay.js'
import type { Verdict } from '../../schemas/verdict.js'
import { sharedDir } from '../shared.js'

const NOW = Date.parse('2026-11-24T00:00:00Z')
const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const KEY = Buffer.from('a key of tests')
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'export-'))
})
afterAll(() => rm(dir, { recursive: true }))

let n = 0
async function made(options: Partial<ExportOptions> & { readonly paths: readonly string[] }) {
  const out = join(dir, String(++n))
  return { out, result: await exportAnonymised({ out, key: KEY, now: NOW, ...options }) }
}
/** What must not change, with who is who taken out. */
const told = ({ '@timestamp': at, whytimeout: { episode, verdict, detail } }: Verdict): string =>
  [
    at,
    episode.phase,
    episode.suffered_by,
    verdict.cause,
    verdict.mechanism,
    verdict.scope,
    verdict.confidence.toFixed(4),
    `${detail.around?.failed}/${detail.around?.ok}`,
  ].join(' ')
const verdictsOf = async (path: string): Promise<string[]> => {
  const out = join(dir, String(++n))
  await replay({ paths: [path], now: NOW, out })
  return (await readFile(join(out, 'verdicts.ndjson'), 'utf8'))
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => told(JSON.parse(l)))
    .sort()
}
async function textOf(path: string): Promise<string> {
  const parts: string[] = []
  for (const e of await readdir(path, { recursive: true, withFileTypes: true })) {
    parts.push(e.name)
    if (!e.isFile() || e.name === 'scenario.json' || e.name === 'truth.ndjson') continue
    const bytes = await readFile(join(e.parentPath, e.name))
    parts.push(bytes.toString('utf8'))
  }
  return parts.join('\n')
}
/** Addresses, hardware addresses, ids and hosts of a labelled folder, found without the program. */
async function originalsOf(path: string): Promise<string[]> {
  const text = await textOf(path)
  const [head = '', ...rows] = (await readFile(join(path, 'inventory.csv'), 'utf8')).trim().split('\n')
  const model = head.split(',').indexOf('model')
  const truths = (await readFile(join(path, 'truth.ndjson'), 'utf8')).split('\n').filter((l) => l !== '')
  const addresses = text.match(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g) ?? []
  const kept = /^(?:0\.|127\.|22[4-9]\.|2[345]\d\.|8\.8\.)/
  const macs = text.match(/(?<![\da-f:])(?:[\da-f]{2}:){5}[\da-f]{2}(?![\da-f:])/g) ?? []
  return [
    ...new Set([
      ...addresses.filter((a) => a.split('.').every((p) => Number(p) < 256) && !kept.test(a)),
      ...macs.filter((m) => !/^(?:ff:ff|00:00:00|01:00:5e|33:33)/.test(m)),
      ...rows.flatMap((r) => r.split(',').filter((c, i) => i !== model && c !== '')),
      ...(await readdir(join(path, 'logs'))),
      ...truths.flatMap((l) => JSON.parse(l).stan ?? []),
    ]),
  ].filter((v) => !isWellKnown(v))
}
const isMet = (text: string, value: string): boolean =>
  new RegExp(`(?<![A-Za-z0-9])${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![A-Za-z0-9])`, 'i').test(text)

const lab = sharedDir('lab-open')
const STORIES: readonly (readonly [string, string])[] = [
  ['friday-afternoon', STORY],
  ...(lab === undefined
    ? []
    : [
        'o07-firewall-site-egress',
        'o16-dns-server-down',
        'o19-netmisconf-ip-conflict',
        'o30-skewed-clock-server-hang',
      ].map((name) => [name, join(lab, name)] as const)),
]

describe.each(STORIES)('%s', (_, path) => {
  test('the same verdicts, and no address, name or id of its own', async () => {
    const { out, result } = await made({ paths: [path] })
    expect(result.different).toEqual([])
    expect(result.met).toEqual([])
    const before = await verdictsOf(path)
    expect(before.length).toBeGreaterThan(0)
    expect(await verdictsOf(out)).toEqual(before)
    const text = await textOf(out)
    const originals = await originalsOf(path)
    expect(originals.length).toBeGreaterThan(20)
    expect(originals.filter((v) => isMet(text, v))).toEqual([])
  }, 180_000)
})

describe('as one file', () => {
  const part = { paths: [STORY], from: Date.parse('2026-03-06T08:40:00Z'), to: Date.parse('2026-03-06T08:50:00Z') }
  test('it replays to the same verdicts as the folder, and any tar unpacks it to that folder', async () => {
    const folder = await made(part)
    const out = join(dir, 'for-the-isp.tar.gz')
    const file = await made({ ...part, out })
    expect(file.result).toEqual(folder.result)
    const verdicts = await verdictsOf(folder.out)
    expect(verdicts.length).toBeGreaterThan(10)
    expect(await verdictsOf(out)).toEqual(verdicts)
    const unpacked = join(dir, 'unpacked')
    await mkdir(unpacked)
    execFileSync('tar', ['-xzf', out, '-C', unpacked])
    expect(await readdir(unpacked)).toEqual(['for-the-isp'])
    expect(await textOf(join(unpacked, 'for-the-isp'))).toBe(await textOf(folder.out))
    expect((await readdir(dir)).filter((name) => /part|packed/.test(name) && name !== 'unpacked')).toEqual([])
  }, 180_000)
  test('a file that is there is left as it is', async () => {
    const out = join(dir, 'mine.tgz')
    await writeFile(out, 'mine')
    await expect(made({ ...part, out })).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
    expect(await readFile(out, 'utf8')).toBe('mine')
  })
})

describe('a part of it', () => {
  test('one verdict: only what it can see, and the same verdict', async () => {
    const all = await replay({ paths: [STORY], now: NOW })
    const verdict = all.verdicts.find((v) => v.whytimeout.verdict.cause === 'firewall_restriction') as Verdict
    const { out, result } = await made({ paths: [STORY], verdict: verdict.event.id })
    expect(result).toMatchObject({ verdicts: 1, different: [], met: [] })
    expect(await verdictsOf(out)).toContain(told(verdict))
    const whole = await textOf(STORY)
    expect(result.lines).toBeLessThan(whole.split('\n').length / 2)
  }, 180_000)
  test('an incident', async () => {
    const found = join(dir, 'incidents')
    await replay({ paths: [STORY], now: NOW, out: found })
    const [first] = (await readFile(join(found, 'incidents.ndjson'), 'utf8')).split('\n')
    const { incident } = JSON.parse(first as string).whytimeout
    const { result } = await made({ paths: [STORY], incident: incident.id })
    expect(result).toMatchObject({ verdicts: incident.verdicts, different: [] })
  }, 180_000)
  test('the same key says the same, another says otherwise', async () => {
    const options = { paths: [STORY], from: Date.parse('2026-03-06T08:40:00Z'), to: Date.parse('2026-03-06T08:50:00Z') }
    const [a, b, c] = [
      await made(options),
      await made(options),
      await made({ ...options, key: Buffer.from('another') }),
    ]
    expect(await textOf(b.out)).toBe(await textOf(a.out))
    expect(await textOf(c.out)).not.toBe(await textOf(a.out))
    expect(await textOf(a.out)).not.toContain(KEY.toString())
  }, 180_000)
  test('dates moved across the end of a year: the same verdicts so many days earlier', async () => {
    const { out, result } = await made({ paths: [STORY], shiftDays: -100 })
    expect(result.different).toEqual([])
    const text = await textOf(out)
    expect(text).not.toMatch(/2026-03-0|Mar {1,2}6|06\/Mar|17727\d{5}\./)
    expect(text).toMatch(/2025-11-26/)
    const ago = (line: string) =>
      line.replace(/^\S+/, (at) => new Date(Date.parse(at) - 100 * 86_400_000).toISOString())
    expect(await verdictsOf(out)).toEqual((await verdictsOf(STORY)).map(ago).sort())
  }, 180_000)
  test('a folder that holds something is left as it is', async () => {
    const out = join(dir, 'full')
    await made({ paths: [STORY], out, from: Date.parse('2026-03-06T08:40:00Z') })
    await writeFile(join(out, 'mine'), '')
    await expect(made({ paths: [STORY], out })).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
    expect(await readdir(out)).toContain('mine')
  }, 180_000)
})
