import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { incidentKey, noteOf } from '../../pipeline/incident/note.js'
import { replay } from '../../pipeline/run/replay.js'
import { Incident } from '../../schemas/incident.js'
import { Verdict } from '../../schemas/verdict.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const NOW = Date.parse('2026-03-07T00:00:00Z')
let work: string
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'incidents-'))
})
afterAll(() => rm(work, { recursive: true }))

async function replayed(name: string, options: { from?: number; to?: number; bufferItems?: number } = {}) {
  const out = join(work, name)
  const result = await replay({ paths: [STORY], out, now: NOW, ...options })
  const lines = async (file: string) => (await readFile(join(out, file), 'utf8')).split('\n').filter(Boolean)
  return {
    result,
    incidents: (await lines('incidents.ndjson')).map((l) => JSON.parse(l) as Incident),
    verdicts: (await lines('verdicts.ndjson')).map((l) => JSON.parse(l) as Verdict),
  }
}

describe('incidents of a replay', () => {
  test('every timeout is in one; they are of the schema, closed, sorted, and counted', async () => {
    const { incidents, verdicts, result } = await replayed('all')
    expect(incidents.length).toBeGreaterThan(3)
    expect(result.incidentCount).toBe(incidents.length)
    for (const i of incidents) expect(Incident.parse(i)).toEqual(i)
    for (const v of verdicts) expect(Verdict.parse(v)).toEqual(v)
    expect(incidents.reduce((sum, i) => sum + i.whytimeout.incident.verdicts, 0)).toBe(verdicts.length)
    expect(incidents.every((i) => i.whytimeout.incident.state === 'closed')).toBe(true)
    const order = incidents.map((i) => `${i['@timestamp']} ${i.event.id}`)
    expect(order).toEqual([...order].sort())
    expect(new Set(incidents.map((i) => i.event.id)).size).toBe(incidents.length)
  })
  test('the firewall of the story: where, how many, the lines that show it, what to do', async () => {
    const { incidents, verdicts } = await replayed('firewall')
    const firewall = incidents.find((i) => i.whytimeout.incident.cause === 'firewall_restriction') as Incident
    const { incident } = firewall.whytimeout
    expect(incident).toMatchObject({ scope: 'site', scope_id: 'SHOP-0412', terminals: 3, mechanism: 'denied-on-site' })
    expect(incident.remedy.id).toEqual(['adjust_firewall'])
    expect(incident.share).toBeGreaterThan(0.5)
    const own = verdicts.filter(
      (v) => incidentKey(noteOf(v)) === incidentKey({ ...incident, realm: 'default', scopeId: incident.scope_id }),
    )
    expect(own.length).toBe(incident.verdicts)
    const cited = new Set(own.flatMap((v) => v.whytimeout.evidence.event_id))
    expect(incident.evidence.event_id.length).toBeGreaterThan(1)
    for (const id of incident.evidence.event_id) expect(cited).toContain(id)
    expect(incident.explain.en).toContain('FORWARD-DROP')
  })
  test('a part of the time: what was going on in it, whole', async () => {
    const { incidents } = await replayed('all-again', { bufferItems: 50 })
    const busy = incidents.find((i) => i.whytimeout.incident.verdicts > 10) as Incident
    const middle = (Date.parse(busy.event.start) + Date.parse(busy.event.end)) / 2
    const part = await replayed('part', { from: middle - 1, to: middle + 1 })
    expect(part.incidents).toContainEqual(busy)
    expect(part.verdicts.length).toBeLessThan(busy.whytimeout.incident.verdicts)
    const before = await replayed('before', { to: Date.parse(busy.event.start) - 1 })
    expect(before.incidents).not.toContainEqual(busy)
  })
})
