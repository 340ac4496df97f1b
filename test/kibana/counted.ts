import type { Condition } from '../../schemas/conditions.js'
import type { Bucket, LensPanel, Metric } from '../../schemas/kibana/panels.js'

export type Stored = Readonly<Record<string, unknown>>
const HOUR_MS = 3_600_000

/** The values of a field, by its dotted name. */
export function valuesOf(document: Stored, field: string): readonly (string | number)[] {
  let at: unknown = document
  for (const step of field.split('.')) at = (at as Stored | undefined)?.[step]
  return at === undefined ? [] : ([at].flat() as (string | number)[])
}

/** Whether conditions hold for a document: Elasticsearch left out, so that it can be checked against this. */
export const holds = (document: Stored, conditions: readonly Condition[]): boolean =>
  conditions.every((c) => {
    if (c.op === 'any') return c.of.some((all) => holds(document, all))
    const values = valuesOf(document, c.field)
    const has = (wanted: unknown) => [wanted].flat().some((w) => values.includes(w as string))
    switch (c.op) {
      case 'is':
        return has(c.value)
      case 'not':
        return !has(c.value)
      case 'exists':
        return values.length > 0
      case 'missing':
        return values.length === 0
      case 'phrase':
        return values.some((v) => String(v).includes(c.value))
      case 'gt':
        return values.some((v) => Number(v) > c.value)
      case 'gte':
        return values.some((v) => Number(v) >= c.value)
      case 'lt':
        return values.some((v) => Number(v) < c.value)
      default:
        return values.some((v) => Number(v) <= c.value)
    }
  })

function keysIn(document: Stored, bucket: Bucket): readonly string[] {
  if (bucket.by === 'field') return [...new Set(valuesOf(document, bucket.field).map(String))]
  if (bucket.by === 'conditions')
    return bucket.parts.filter((p) => holds(document, p.conditions)).map((p) => p.label.en)
  const ms = Date.parse(String(document['@timestamp']))
  return [String(ms - (ms % HOUR_MS))]
}

/** A metric of some documents; the p95 is somewhere between two numbers. */
function measure(documents: readonly Stored[], metric: Metric): number | null | readonly [number, number] {
  if (metric.of === 'count') return documents.filter((d) => holds(d, metric.where ?? [])).length
  const values = documents.flatMap((d) => valuesOf(d, metric.field))
  if (metric.of === 'unique') return new Set(values).size
  const numbers = values.map((v) => (typeof v === 'string' ? Date.parse(v) : v)).sort((a, b) => a - b)
  const last = numbers.at(-1)
  if (last === undefined) return null
  if (metric.of === 'max') return last
  if (metric.of === 'average') return numbers.reduce((sum, n) => sum + n, 0) / numbers.length
  return [numbers[Math.max(0, Math.floor(0.95 * numbers.length) - 1)] as number, last]
}

export type Counted = ReadonlyMap<string, readonly ReturnType<typeof measure>[]>
/** What a panel shows of these documents: its metrics by the path of its buckets, without any limit of size. */
export function countedBy(panel: LensPanel, documents: readonly Stored[]): Counted {
  let parts = new Map<string, Stored[]>([['', documents.filter((d) => holds(d, panel.conditions ?? []))]])
  for (const bucket of panel.buckets) {
    const finer = new Map<string, Stored[]>()
    for (const [path, inner] of parts)
      for (const document of inner)
        for (const key of keysIn(document, bucket)) {
          const at = `${path}/${key}`
          finer.set(at, [...(finer.get(at) ?? []), document])
        }
    parts = finer
  }
  return new Map([...parts].map(([path, inner]) => [path, panel.metrics.map((m) => measure(inner, m))]))
}
