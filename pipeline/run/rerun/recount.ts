import type { Health } from '../../../schemas/health.js'
import { sightingOf } from '../../diagnose/sighting.js'
import { createHours, HOUR_MS } from '../../health/hours.js'
import type { Pack } from '../../match/pack.js'
import type { TopicReader } from '../../sources/kafka-range.js'
import { healthDocument, type StoredDocument } from '../../stream/documents.js'
import type { LateSpan } from '../../stream/late.js'
import { spool } from '../spool.js'
import { type ReadProgress, readEvents, toSpooled } from './read.js'

export type Recount = {
  readonly reader: TopicReader
  readonly topics: { readonly events: string }
  readonly pack: Pack
  readonly dir: string
  readonly bufferItems?: number | undefined
  readonly slackMs: number
  readonly progress: (p: ReadProgress) => void
  /** Where late events came in. */
  readonly spans: readonly LateSpan[]
  /** Until when (epoch ms) a span's partition is decided: the stream itself still counts the hour under way. */
  readonly decidedOf: (span: LateSpan) => number
  /** Since when all events are kept, epoch ms. */
  readonly kept: number
}

/** The hours of late events, counted again with all events there are now. An hour that is not kept whole stays as it is. */
export async function recountHours(o: Recount): Promise<readonly StoredDocument[]> {
  const wanted = new Set<string>()
  const key = (realm: string, hour: number): string => `${hour}\u0000${realm}`
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const s of o.spans)
    for (let hour = hourOf(s.from); hour <= s.to; hour += HOUR_MS) {
      if (hour < o.kept || hour + HOUR_MS > o.decidedOf(s)) continue
      wanted.add(key(s.realm, hour))
      from = Math.min(from, hour)
      to = Math.max(to, hour + HOUR_MS)
    }
  if (wanted.size === 0) return []
  const partitions = new Set(o.spans.map((s) => s.events))
  const ranges = (await o.reader.ranges([o.topics.events], from - o.slackMs)).filter((r) => partitions.has(r.partition))
  const events = spool(o.dir, o.bufferItems)
  try {
    await readEvents(o.reader, ranges, {
      event: async (e) => {
        if (e.at >= from && e.at < to && wanted.has(key(e.realm, hourOf(e.at)))) await events.add(toSpooled(e, 0))
      },
      progress: o.progress,
    })
    const realms = new Map<string, ReturnType<typeof createHours>>()
    const found: Health[] = []
    let last = ''
    for await (const e of events.sorted()) {
      if (e.id === last) continue
      last = e.id
      const sighting = sightingOf(e)
      if (!sighting) continue
      const hours = realms.get(e.realm) ?? createHours(e.realm)
      realms.set(e.realm, hours)
      found.push(...hours.step(sighting))
    }
    for (const hours of realms.values()) found.push(...hours.end())
    return found.map((h) => healthDocument(h, o.pack.generation))
  } finally {
    await events.close()
  }
}

const hourOf = (at: number): number => Math.floor(at / HOUR_MS) * HOUR_MS
