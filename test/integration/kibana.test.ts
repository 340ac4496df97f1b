import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setupElasticsearch } from '../../pipeline/run/setup-elasticsearch.js'
import { type Client, connectElasticsearch } from '../../pipeline/sinks/elasticsearch-client.js'
import { deadLetterDocument } from '../../pipeline/stream/dead-letter-document.js'
import type { StoredDocument } from '../../pipeline/stream/documents.js'
import { INDICES, type IndexKind } from '../../schemas/elasticsearch.js'
import { ALERT_RULES, type AlertRule, alertRuleBody } from '../../schemas/kibana/alert-rules.js'
import { DASHBOARDS } from '../../schemas/kibana/dashboards.js'
import { kibanaNdjson } from '../../schemas/kibana/objects.js'
import type { LensPanel } from '../../schemas/kibana/panels.js'
import { SEARCHES } from '../../schemas/searches.js'
import type { Verdict } from '../../schemas/verdict.js'
import { runCli } from '../cli/run-cli.js'
import { countedBy, holds, type Stored, valuesOf } from '../kibana/counted.js'
import { importedOf, type LensState, panelsOf, requestOf, searchQuery } from '../kibana/imported.js'
import { queryOfKql } from '../kibana/kql-query.js'
import { anyElasticsearch } from '../services/elasticsearch.js'
import { canRun, clean, documents, trySink } from './elasticsearch-server.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const OBJECTS = importedOf(kibanaNdjson('en'))
/** By dashboard and panel: as it was meant, and as Kibana gets it. */
const PANELS = DASHBOARDS.flatMap(({ id, rows }) => {
  const json = panelsOf(
    OBJECTS.find((o) => o.type === 'dashboard' && o.id === `whytimeout-${id}`) as (typeof OBJECTS)[number],
  )
  return rows
    .flatMap((r) => r.panels)
    .flatMap((panel) => {
      const lens = json.find((p) => p.panelIndex === panel.id)?.embeddableConfig.attributes
      return 'search' in panel ? [] : [{ name: `${id} ${panel.id}`, panel, lens: lens as LensState }]
    })
})

describe.skipIf(!canRun())('what Kibana asks, on a real Elasticsearch', () => {
  let server: Awaited<ReturnType<typeof anyElasticsearch>>
  let client: Client
  let dir: string
  /** What the replay wrote of itself, and what was stored beside it: the same by another way. */
  let stored: Readonly<Record<IndexKind, readonly Stored[]>>
  beforeAll(async () => {
    server = await anyElasticsearch()
    client = await connectElasticsearch({ node: server.url }, '.')
    dir = await mkdtemp(join(tmpdir(), 'kibana-test-'))
    const config = join(dir, 'whytimeout.yml')
    await writeFile(config, `elasticsearch: { node: "${server.url}" }\n`)
    await clean(client)
    const io = { out: () => {}, err: () => {}, lang: 'en' } as const
    await setupElasticsearch({ elasticsearch: { node: server.url }, dir: '.' }, { dryRun: false, diff: false, io })
    await runCli(['replay', STORY, '--config', config, '--out', dir], { now: '2026-03-07T00:00:00Z' })
    const letters = ['till-1', 'till-1', 'till-2'].map((origin, i) =>
      deadLetterDocument({ origin, code: i === 2 ? 'PARSE_BAD_TIME' : 'PARSE_NO_TIME', detail: 'x', original: `${i}` }),
    )
    const odd = documents('odd', 1)[0] as StoredDocument
    const malformed = { ...odd, source: { ...odd.source, destination: { ip: 'not an address' } } }
    const written = async (name: string): Promise<Stored[]> =>
      (await readFile(join(dir, `${name}.ndjson`), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    const verdicts = await written('verdicts')
    const undecided = undecidedLike(verdicts[0] as unknown as Verdict)
    const { sink } = await trySink({ node: server.url })
    await sink.store([
      ...letters,
      malformed,
      { ...odd, index: 'whytimeout-verdicts-2026.03', id: 'undecided', source: undecided },
    ])
    await sink.close()
    await client.indices.refresh({ index: 'whytimeout-*' })
    stored = {
      verdicts: [...verdicts, undecided],
      incidents: await written('incidents'),
      events: [...(await written('events')), { ...(odd.source as Stored), _ignored: ['destination.ip'] }],
      health: await written('health'),
      'dead-letters': letters.map((l) => l.source as Stored),
    }
    for (const all of Object.values(stored)) expect(all.length).toBeGreaterThan(0)
  }, 200_000)
  afterAll(async () => {
    await client?.close()
    await server?.stop()
    await rm(dir, { recursive: true, force: true })
  })

  test.each(SEARCHES)('search $id: as many documents as the replay has', async ({ id, kind, conditions }) => {
    const object = OBJECTS.find((o) => o.type === 'search' && o.id === `whytimeout-${id}`) as (typeof OBJECTS)[number]
    const { count } = await client.count({ index: INDICES[kind].pattern, query: queryOfKql(searchQuery(object)) })
    expect(count).toBe(stored[kind].filter((d) => holds(d, conditions)).length)
  })

  test.each(PANELS)('panel $name: the numbers of the replay', async ({ panel, lens }) => {
    const { query, aggs } = requestOf(lens)
    const answer = await client.search({ index: INDICES[panel.kind].pattern, size: 0, query, aggs })
    const expected = countedBy(panel, stored[panel.kind])
    const found = rowsOf(panel, answer.aggregations ?? {})
    const sizes = panel.buckets.map((b) => (b.by === 'field' ? b.size : Number.POSITIVE_INFINITY))
    const isWhole = expected.size <= Math.min(...sizes)
    if (isWhole) expect([...found.keys()].sort()).toEqual([...expected.keys()].sort())
    else expect(found.size).toBeGreaterThanOrEqual(Math.min(...sizes))
    for (const [path, metrics] of found)
      for (const [i, value] of metrics.entries()) {
        const wanted = expected.get(path)?.[i]
        if (typeof wanted === 'number') expect(value, path).toBeCloseTo(wanted, 5)
        else if (wanted === null) expect(value, path).toBeNull()
        else {
          expect(value, path).toBeGreaterThanOrEqual(wanted?.[0] as number)
          expect(value, path).toBeLessThanOrEqual(wanted?.[1] as number)
        }
      }
  })

  describe('alert rules', () => {
    /** Groups over the limit, as Kibana asks for them at a time. */
    async function alerts(rule: AlertRule, at: number): Promise<Readonly<Record<string, number>>> {
      const { params } = alertRuleBody(rule, 'en')
      const range = {
        gte: new Date(at - params.timeWindowSize * 60_000).toISOString(),
        lte: new Date(at).toISOString(),
      }
      const answer = await client.search({
        index: params.index,
        size: 0,
        query: { bool: { filter: [JSON.parse(params.esQuery).query, { range: { [params.timeField]: range } }] } },
        aggs: rule.per
          ? { groups: { terms: { field: rule.per.field, size: rule.per.size } } }
          : { groups: { filters: { filters: { all: { match_all: {} } } } } },
      })
      const { buckets } = (answer.aggregations as { readonly groups: { readonly buckets: Groups } }).groups
      const counts = Array.isArray(buckets)
        ? buckets.map((b): [string, number] => [b.key, b.doc_count])
        : Object.entries(buckets).map(([key, b]): [string, number] => [key, b.doc_count])
      return Object.fromEntries(counts.filter(([, n]) => n > (params.threshold[0] as number)))
    }
    /** The same from what the replay wrote. */
    function expected(rule: AlertRule, at: number): Readonly<Record<string, number>> {
      const isNew = (d: Stored) => {
        const time = Date.parse(String(valuesOf(d, rule.timeField)[0]))
        return time >= at - rule.minutes * 60_000 && time <= at
      }
      const counts = new Map<string, number>()
      for (const d of stored[rule.kind].filter((d) => isNew(d) && holds(d, rule.conditions)))
        for (const key of rule.per ? valuesOf(d, rule.per.field).map(String) : ['all'])
          counts.set(key, (counts.get(key) ?? 0) + 1)
      return Object.fromEntries([...counts].filter(([, n]) => n > rule.moreThan))
    }

    test.each(ALERT_RULES)('$id: alerts when, and for what, the replay says', async (rule) => {
      const day = Date.parse('2026-03-06T00:00:00Z')
      for (let minutes = 30; minutes <= 600; minutes += 30) {
        const at = day + minutes * 60_000
        expect(await alerts(rule, at), new Date(at).toISOString()).toEqual(expected(rule, at))
      }
    })
    test('the shop is alerted of once its firewall drops everything, and no longer when it is over', async () => {
      const rule = ALERT_RULES.find((r) => r.id === 'many-at-a-site') as AlertRule
      expect(await alerts(rule, Date.parse('2026-03-06T08:54:00Z'))).toEqual({ 'SHOP-0412': 34 })
      expect(await alerts(rule, Date.parse('2026-03-06T09:30:00Z'))).toEqual({})
    })
  })

  test('what is stored leaves no panel empty', () => {
    const empty = PANELS.filter(({ panel }) => countedBy(panel, stored[panel.kind]).size === 0).map((p) => p.name)
    expect(empty).toEqual([])
  })
})

/** The same timeout elsewhere, seen by its address alone, and not explained. */
const undecidedLike = (verdict: Verdict): StoredDocument['source'] & Stored => ({
  ...verdict,
  destination: { ip: '198.51.100.7', port: 443 },
  whytimeout: {
    ...verdict.whytimeout,
    verdict: { ...verdict.whytimeout.verdict, cause: 'unknown' as const, confidence: 0.3, margin: 0.1 },
    evidence: { ...verdict.whytimeout.evidence, missing: ['gateway', 'router'] },
  },
})

type Counted = { readonly doc_count: number }
type Groups = readonly (Counted & { readonly key: string })[] | Readonly<Record<string, Counted>>

type Answered = { readonly [name: string]: unknown }
/** The metrics of an answer by the path of its buckets; what is empty is left out, as `countedBy` does. */
function rowsOf(panel: LensPanel, answer: Answered): ReadonlyMap<string, readonly (number | null)[]> {
  const rows = new Map<string, (number | null)[]>()
  const walk = (at: Answered, depth: number, path: string) => {
    const bucket = panel.buckets[depth]
    if (!bucket) {
      rows.set(
        path,
        panel.metrics.map((_, i) => numberOf(at[`m${i + 1}`] as Answered)),
      )
      return
    }
    const { buckets } = at[`b${depth + 1}`] as { buckets: readonly Answered[] | Readonly<Record<string, Answered>> }
    const parts: [string, Answered][] = Array.isArray(buckets)
      ? buckets.map((b: Answered) => [String(b['key']), b])
      : Object.entries(buckets as Readonly<Record<string, Answered>>)
    for (const [key, inner] of parts) if (inner['doc_count'] !== 0) walk(inner, depth + 1, `${path}/${key}`)
  }
  walk(answer, 0, '')
  return rows
}
function numberOf(metric: Answered): number | null {
  const values = metric['values'] as Record<string, number | null> | undefined
  if (values) return Object.values(values)[0] ?? null
  return (metric['value'] ?? metric['doc_count'] ?? null) as number | null
}
