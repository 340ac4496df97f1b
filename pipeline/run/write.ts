import type { Incident } from '../../schemas/incident.js'
import { nest } from '../../schemas/nest.js'
import type { OriginEntry } from '../../schemas/origin.js'
import type { Summary } from '../../schemas/summary.js'
import { matchesOf } from '../diagnose/sighting.js'
import { formatOrigins } from '../parse/origins.js'
import type { Outcome } from '../parse/record.js'
import { page } from '../report/html/page.js'
import type { Report } from '../report/html/report.js'
import type { FolderSink } from '../sinks/folder.js'
import type { LogFile } from '../sources/files.js'
import type { Decided } from './decide.js'
import type { Sorter } from './sort.js'
import { placeOf, type Spooled } from './spool.js'

const MAX_PLACES_KEPT = 200_000

export function deadLetter(
  outcome: Pick<Extract<Outcome, { kind: 'dead' }>, 'origin' | 'code' | 'detail' | 'original'>,
  file: LogFile,
  line: number,
): { key: string; text: string } {
  const { origin, code, detail, original } = outcome
  const key = `${origin}\u0000${file.path}\u0000${String(line).padStart(12, '0')}`
  return {
    key,
    text: JSON.stringify({
      event: { kind: 'pipeline_error', original },
      error: { code, message: detail },
      whytimeout: { origin },
      log: { file: { path: file.path, line } },
    }),
  }
}

export type Writing = {
  allEvents: boolean
  sink: FolderSink | undefined
  sorter: Sorter<Spooled>
  dead: Sorter<{ key: string; text: string }>
  files: readonly LogFile[]
  result: Decided
  incidents: Sorter<Incident>
  entries: ReadonlyMap<string, OriginEntry>
  entryFor: (origin: string) => OriginEntry
  /** Takes what `report.html` shows of it. */
  report?: Report | undefined
}

/** Verdicts, incidents, the hours, the events they cite (or all), where those stand, dead letters, and what was assumed of origins. */
export async function writeAll({
  allEvents,
  sink,
  sorter,
  dead,
  files,
  result,
  incidents,
  entries,
  entryFor,
  report,
}: Writing): Promise<{ places: Map<string, string>; incidentCount: number }> {
  const places = new Map<string, string>()
  let incidentCount = 0
  const out = sink && {
    verdicts: sink.file('verdicts.ndjson'),
    incidents: sink.file('incidents.ndjson'),
    health: sink.file('health.ndjson'),
    events: sink.file('events.ndjson'),
    places: sink.file('places.ndjson'),
    dead: sink.file('dead-letters.ndjson'),
    origins: sink.file('origins.yml'),
  }
  for await (const verdict of result.all.sorted()) {
    report?.verdict(verdict)
    await out?.verdicts.write(JSON.stringify(verdict))
  }
  for await (const incident of incidents.sorted()) {
    incidentCount++
    report?.incident(incident)
    await out?.incidents.write(JSON.stringify(incident))
  }
  for await (const hour of result.health.sorted()) await out?.health.write(JSON.stringify(hour))
  let last = ''
  for await (const e of (allEvents ? sorter : result.cited).sorted()) {
    if (e.id === last) continue
    last = e.id
    const path = placeOf(e, files[e.file]?.path ?? '-')
    if (places.size < MAX_PLACES_KEPT) places.set(e.id, `${path}:${e.line}`)
    if (report?.cites().has(e.id)) {
      const text = e.event.message ?? e.event['event.original'] ?? ''
      report.line({ id: e.id, at: e.at, host: e.event['host.name'] ?? '', text, place: `${path}:${e.line}` })
    }
    if (!out) continue
    await out.events.write(JSON.stringify(nest({ ...e.event, 'whytimeout.signal.id': matchesOf(e.event, e.signals) })))
    await out.places.write(JSON.stringify({ event_id: e.id, file: path, line: e.line }))
  }
  for await (const letter of dead.sorted()) await out?.dead.write(letter.text)
  await out?.origins.write(formatOrigins(new Map([...entries.keys()].map((o) => [o, entryFor(o)]))).trimEnd())
  return { places, incidentCount }
}

/** The summary and, made of all that went before, the page; then every file of the folder appears at once. */
export async function writeSummary(sink: FolderSink, summary: Summary, report: Report | undefined): Promise<void> {
  await sink.file('summary.json').write(JSON.stringify(summary, null, 2))
  if (report) {
    const out = sink.file('report.html')
    for (const piece of page(report.finish(summary))) await out.write(piece)
  }
  await sink.commit()
}
