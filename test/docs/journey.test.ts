import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { replay } from '../../pipeline/run/replay.js'
import type { Verdict } from '../../schemas/verdict.js'

const ROOT = join(import.meta.dirname, '../..')
const STORY = join(ROOT, 'fixtures/incidents/friday-afternoon')

test("the architecture's line goes the way that it says", async () => {
  const page = await readFile(join(ROOT, 'docs/architecture.md'), 'utf8')
  const table = page.slice(page.indexOf("## One line's journey"), page.indexOf('## Where to read on'))
  const said = (step: string) => new RegExp(`^\\| ${step} +\\|(.*)$`, 'm').exec(table)?.[1] ?? ''
  const place = /Line (\d+) of `([^`]+)`/.exec(table)
  const [number, path] = [Number(place?.[1]), place?.[2] ?? '']
  const line = (await readFile(join(ROOT, path), 'utf8')).split('\n')[number - 1] as string
  for (const part of (/`([^`]+)`/.exec(said('source'))?.[1] ?? '').split('…')) expect(line).toContain(part.trim())

  const out = await mkdtemp(join(tmpdir(), 'journey-'))
  try {
    await replay({ paths: [STORY], out, allEvents: true, now: Date.parse('2026-11-24T00:00:00Z') })
    const read = async (name: string) =>
      (await readFile(join(out, name), 'utf8')).split('\n').flatMap((l) => (l === '' ? [] : [JSON.parse(l)]))
    const { event_id } = (await read('places.ndjson')).find((p) => p.file.endsWith(path) && p.line === number)
    const event = (await read('events.ndjson')).find((e) => e.event.id === event_id)
    const [verdict, ...more] = ((await read('verdicts.ndjson')) as Verdict[]).filter((v) =>
      v.whytimeout.evidence.event_id.includes(event_id),
    )
    expect(more).toEqual([])
    const { cause, mechanism, scope } = verdict?.whytimeout.verdict ?? {}
    const cited = verdict?.whytimeout.detail.evidence.find((e) => e.event_id === event_id)
    const facts: readonly (readonly [step: string, values: readonly unknown[]])[] = [
      ['source', [event.host.name]],
      ['parse', [event.event.dataset, event.event.action, event.rule.name]],
      ['parse', [`${event.source.ip}:${event.source.port}`, `${event.destination.ip}:${event.destination.port}`]],
      ['time', [event['@timestamp']]],
      ['mask', [event_id, event.whytimeout.origin]],
      ['enrich', ['terminal_id', 'site_id', 'isp', 'gateway'].map((f) => event.whytimeout[f])],
      ['diagnose', [verdict?.whytimeout.episode.symptom, verdict?.['@timestamp'], mechanism]],
      ['sink', [verdict?.event.id, cause, scope]],
    ]
    for (const [step, values] of facts) for (const value of values) expect(said(step), step).toContain(`\`${value}\``)
    expect(said('match')).toContain(
      `\`${event.whytimeout.signal.id.find((id: string) => said('match').includes(id))}\``,
    )
    expect(said('diagnose')).toContain(`${cited?.bits} bits`)
    const most = Math.max(...(verdict?.whytimeout.detail.evidence ?? []).map((e) => e.bits))
    expect(cited?.bits).toBe(most)
  } finally {
    await rm(out, { recursive: true })
  }
}, 120_000)
