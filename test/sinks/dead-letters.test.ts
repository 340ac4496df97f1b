import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeadLetterFile, KEPT } from '../../pipeline/sinks/dead-letter-file.js'
import { createDeadLetters, fitted } from '../../pipeline/sinks/dead-letters.js'
import { sizeOf, type TopicMessage } from '../../pipeline/sinks/topic-writer.js'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'letters-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

const letter = (value: string | Buffer, headers: TopicMessage['headers'] = {}): TopicMessage => ({
  key: 'till-1',
  value: Buffer.from(value),
  headers: { '__connect.errors.offset': '7', ...headers },
})
const linesOf = (path: string): { key: unknown; value: unknown; headers: Record<string, unknown> }[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((l) => JSON.parse(l))

describe('dead letters to topic and file', () => {
  test('the file has what the topic has, and has it first', async () => {
    const path = join(dir, 'both.ndjson')
    const sent: TopicMessage[] = []
    const letters = createDeadLetters({
      writer: {
        send: async (_, messages) => {
          expect(linesOf(path).length).toBeGreaterThanOrEqual(sent.length + messages.length)
          sent.push(...messages)
          return new Map()
        },
      },
      topic: 't',
      maxBytes: 1_048_588,
      file: createDeadLetterFile(path),
    })
    await letters.send([letter('无法解析'), letter(Buffer.from([0xff, 0, 1]), { again: ['a', Buffer.from([0xfe])] })])
    await Promise.all([letters.send([letter('third')]), letters.send([{ key: null, value: null }])])
    await letters.close()
    expect(sent.length).toBe(4)
    const own = { '__connect.errors.offset': '7' }
    expect(linesOf(path)).toEqual([
      { key: 'till-1', value: '无法解析', headers: own },
      { key: 'till-1', value: { base64: '/wAB' }, headers: { ...own, again: ['a', { base64: '/g==' }] } },
      { key: 'till-1', value: 'third', headers: own },
      { key: null, value: null, headers: {} },
    ])
    expect(statSync(path).mode & 0o007).toBe(0)
  })

  test('a file that is full is turned over; so many are kept and no more', async () => {
    const path = join(dir, 'turned.ndjson')
    const file = createDeadLetterFile(path, { fileBytes: 300 })
    for (let i = 0; i < 40; i++) await file.append([letter(`${i} ${'x'.repeat(60)}`)])
    await file.close()
    const names = readdirSync(dir).filter((n) => n.startsWith('turned'))
    expect(names.length).toBe(KEPT + 1)
    const values = [...Array.from({ length: KEPT }, (_, i) => `${path}.${KEPT - i}`), path].flatMap(linesOf)
    const numbers = values.map((v) => Number.parseInt(String(v.value), 10))
    expect(numbers).toEqual(numbers.map((_, i) => 40 - numbers.length + i))
    for (const name of names) expect(statSync(join(dir, name)).size).toBeLessThan(300 + 200)
  })

  test('two processes share a file: nothing is lost when one turns it over', async () => {
    const path = join(dir, 'shared.ndjson')
    const files = [createDeadLetterFile(path, { fileBytes: 1_500 }), createDeadLetterFile(path, { fileBytes: 1_500 })]
    for (let i = 0; i < 30; i++) await files[i % 2]?.append([letter(`${i} ${'x'.repeat(60)}`)])
    for (const file of files) await file.close()
    const all = readdirSync(dir)
      .filter((n) => n.startsWith('shared'))
      .flatMap((n) => linesOf(join(dir, n)))
    expect(all.map((l) => Number.parseInt(String(l.value), 10)).sort((a, b) => a - b)).toEqual([...Array(30).keys()])
  })

  test('a place that cannot be written stops the stream in so many words, before the topic has the letter', async () => {
    const sent: unknown[] = []
    const letters = createDeadLetters({
      writer: {
        send: async (topic) => {
          sent.push(topic)
          return new Map()
        },
      },
      topic: 't',
      maxBytes: 1e6,
      file: createDeadLetterFile(join(dir, 'no', 'such', 'folder.ndjson')),
    })
    await expect(letters.send([letter('x')])).rejects.toMatchObject({ code: 'DEAD_LETTERS_UNWRITABLE' })
    expect(sent).toEqual([])
  })
})

describe('a letter longer than its topic takes', () => {
  const LIMIT = 4_000
  test('is cut at the value, and says so', () => {
    const cut = fitted(letter('x'.repeat(10_000)), LIMIT)
    expect(sizeOf(cut)).toBeLessThanOrEqual(LIMIT)
    expect(cut.headers).toEqual({ '__connect.errors.offset': '7', 'whytimeout.cut': 'value' })
    expect((cut.value as Buffer).length).toBeGreaterThan(3_000)
  })
  test('gives up the headers it came with, then the key, never those that say where it stood', () => {
    const noHeaders = fitted(letter('x'.repeat(100), { theirs: 'y'.repeat(9_000) }), LIMIT)
    expect(noHeaders.headers).toEqual({ '__connect.errors.offset': '7', 'whytimeout.cut': 'value,headers' })
    expect((noHeaders.value as Buffer).length).toBe(100)
    const noKey = fitted({ ...letter('x'), key: 'k'.repeat(9_000), headers: { 'whytimeout.cut': 'record' } }, LIMIT)
    expect(noKey.key).toBeNull()
    expect(noKey.headers).toEqual({ 'whytimeout.cut': 'record,value,headers,key' })
  })
  test('always fits, and one that fits is left alone; batches fit as well', async () => {
    const size = fc.integer({ min: 0, max: 9_000 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(size, size, size), { maxLength: 6 }), async (sizes) => {
        const letters = sizes.map(([v, h, k]) => ({
          key: 'k'.repeat(k),
          value: Buffer.alloc(v, 120),
          headers: { theirs: 'h'.repeat(h), 'whytimeout.at': 'now' },
        }))
        for (const one of letters) {
          const fit = fitted(one, LIMIT)
          expect(sizeOf(fit)).toBeLessThanOrEqual(LIMIT)
          if (sizeOf(one) <= LIMIT) expect(fit).toBe(one)
          else expect(fit.headers?.['whytimeout.cut']).toContain('value')
        }
        let sent = 0
        const writer = {
          send: async (_: string, part: readonly TopicMessage[]) => {
            expect(part.reduce((sum, m) => sum + sizeOf(m), 0)).toBeLessThanOrEqual(LIMIT)
            sent += part.length
            return new Map()
          },
        }
        await createDeadLetters({ writer, topic: 't', maxBytes: LIMIT + 1_024 }).send(letters)
        expect(sent).toBe(letters.length)
      }),
    )
  })
})
