import { beforeAll, describe, expect, test } from 'vitest'
import type { VerdictNote } from '../../pipeline/incident/note.js'
import { QUIET_MS } from '../../pipeline/incident/tally.js'
import type { Pack } from '../../pipeline/match/pack.js'
import { loadPack } from '../../pipeline/run/rules.js'
import type { AlertState } from '../../pipeline/stream/alert-state.js'
import { type StoredDocument, verdictDocument, withdrawal } from '../../pipeline/stream/documents.js'
import { note, T0 } from '../incident/notes.js'
import { verdictOf } from '../incident/verdicts.js'
import {
  createVerdictsWriter,
  incidentKafka,
  settleIncidents,
  startMemoryIncidents,
} from '../stream/memory-incidents.js'

let pack: Pack
beforeAll(async () => {
  pack = await loadPack()
})

const at = (ms: number, more: Partial<VerdictNote> = {}) =>
  note({ at: T0 + ms, id: `${(T0 + ms).toString(36)}-v${ms}`, ...more })
const final = (n: VerdictNote) => verdictDocument(verdictOf(n))
const provisional = (n: VerdictNote) => verdictDocument(verdictOf(n, 'provisional'))
const inShort = (s: AlertState) => {
  const { incident: i } = s.incident.whytimeout
  return `${s.status} ${i.scope_id} ${i.verdicts} ${i.state}`
}

/** A stage whose alerts are kept, and a way to write, deliver and look. */
async function watched(options: { isProvisionalShown?: boolean } = {}) {
  const kafka = incidentKafka()
  const store = new Map<string, StoredDocument>()
  const writer = createVerdictsWriter(kafka)
  let states: AlertState[] = []
  const start = () =>
    startMemoryIncidents({ kafka, pack, clocks: writer.clocks, store, ...options, alert: (s) => states.push(...s) })
  let stage = await start()
  return {
    kafka,
    writer,
    /** What was told since the last look, once everything written is read. */
    look: async (): Promise<string[]> => {
      await stage.deliver(0, 1_000)
      kafka.tick(600)
      await stage.tick()
      const told = states
      states = []
      return told.map(inShort)
    },
    restart: async () => {
      stage = await start()
    },
    settle: () => settleIncidents(stage, kafka),
    states: () => states,
  }
}

describe('alerts of the stage', () => {
  test('the first final verdict is told of at once, before any clock; then its growth, then its end', async () => {
    const { writer, look } = await watched()
    await writer.write([provisional(at(0))])
    expect(await look()).toEqual([])
    await writer.write([final(at(0))])
    expect(await look()).toEqual(['firing S1 1 open'])
    await writer.write([final(at(1_000)), final(at(2_000, { scopeId: 'S2' }))])
    expect(await look()).toEqual(['firing S1 2 open', 'firing S2 1 open'])
    expect(await look()).toEqual([])
    writer.clock(0, T0 + 1_000 + QUIET_MS)
    expect(await look()).toEqual(['resolved S1 2 closed'])
    writer.clock(0, T0 + 2_000 + QUIET_MS)
    expect(await look()).toEqual(['resolved S2 1 closed'])
  })

  test('one incident closes and the next of its kind begins: it goes on firing', async () => {
    const { writer, look } = await watched()
    await writer.write([final(at(0))])
    await look()
    await writer.write([final(at(QUIET_MS))])
    writer.clock(0, T0 + QUIET_MS)
    expect(await look()).toEqual(['firing S1 1 open'])
  })

  test('where provisional verdicts count: minutes earlier, and what was said too early is taken back', async () => {
    const { writer, look } = await watched({ isProvisionalShown: true })
    const early = at(0, { scope: 'terminal', scopeId: 'T1' })
    await writer.write([provisional(early), provisional(at(5, { scope: 'terminal', scopeId: 'T2' }))])
    expect(await look()).toEqual(['firing T1 1 open', 'firing T2 1 open'])
    await writer.write([final({ ...early, scope: 'site', scopeId: 'S1' })])
    expect((await look()).sort()).toEqual(['firing S1 1 open', 'resolved T1 1 open'])
    await writer.write([withdrawal(at(5).id, 'default', 1)])
    expect(await look()).toEqual(['resolved T2 1 open'])
  })

  test('after a restart each open incident is told of once, and what ended meanwhile is over', async () => {
    const { writer, look, restart } = await watched()
    for (let i = 0; i < 50; i++) await writer.write([final(at(i * 1_000)), final(at(i * 1_000 + 1, { scopeId: 'S2' }))])
    writer.clock(0, T0 + 60_000)
    await look()
    await restart()
    expect((await look()).sort()).toEqual(['firing S1 50 open', 'firing S2 50 open'])
    expect(await look()).toEqual([])
    await writer.write([final(at(QUIET_MS, { scopeId: 'S2' }))])
    writer.clock(0, T0 + 49_000 + QUIET_MS)
    await restart()
    expect((await look()).sort()).toEqual(['firing S2 51 open', 'resolved S1 50 closed'])
    expect(await look()).toEqual([])
  })

  test('what began and ended in a backlog is history: only what still fails is told of', async () => {
    const { kafka, writer, states, settle, restart } = await watched()
    await restart()
    for (let i = 0; i < 400; i++)
      await writer.write([final(at(i * 600_000, { scopeId: `S${i % 5 === 0 ? 'old' : i}` }))])
    await writer.write([final(at(400 * 600_000, { scopeId: 'now' }))])
    writer.clock(0, T0 + 400 * 600_000)
    // Whoever starts now finds all of it written.
    await restart()
    kafka.tick(600)
    expect(await settle()).toBe(true)
    expect(states().map(inShort).sort()).toEqual(
      ['firing S398 1 open', 'firing S399 1 open', 'firing Snow 1 open'].map((s) => s.replace('Snow', 'now')),
    )
  })

  test('a late verdict that ends an incident takes its alert back', async () => {
    const { kafka, writer, look, settle, states } = await watched()
    await writer.write([final(at(0))])
    writer.clock(0, T0 + 60_000)
    expect(await look()).toEqual(['firing S1 1 open'])
    await writer.write([verdictDocument(verdictOf(at(0, { scopeId: 'S2' }), 'final', 9))])
    kafka.tick(31_000)
    expect(await settle()).toBe(true)
    expect(states().map(inShort).sort()).toEqual(['firing S2 1 open', 'resolved S1 1 open'])
  })
})
