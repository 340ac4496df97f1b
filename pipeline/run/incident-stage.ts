import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Incident } from '../../schemas/incident.js'
import type { Pack } from '../match/pack.js'
import type { Sink } from '../sinks/sink.js'
import type { OffsetRange, TopicReader } from '../sources/kafka-range.js'
import type { Assigned, Batch, Control, Source } from '../sources/source.js'
import type { AlertState } from '../stream/alert-state.js'
import { incidentDocument, incidentWithdrawal, repairedDocument, type StoredDocument } from '../stream/documents.js'
import { type ClockFeed, createIncidentWatermark, type IncidentWatermark } from '../stream/incident-clocks.js'
import { decodeIncidentNote, encodeIncidentNote, MAX_RANGES, NEVER } from '../stream/incident-note.js'
import { createIncidentReader, type IncidentReader } from '../stream/incident-reader.js'
import type { RawMessage } from '../stream/raw-message.js'
import { decodeVerdictMessage } from '../stream/verdict-message.js'
import { rebuild, repair } from './incident-rebuild.js'
import type { TopicNames } from './topics.js'
import { createTurns, whileAlive } from './turns.js'

/** Messages of the verdicts topic, by what became of them, and what was stored. */
export type IncidentCounts = {
  read: number
  counted: number
  repeat: number
  late: number
  ignored: number
  /** No whytimeout wrote them. */
  unreadable: number
  /** Documents of incidents, those of open ones again and again. */
  stored: number
  repairs: number
}

export type IncidentStage = {
  readonly tick: () => Promise<void>
  /** Ends what is under way, commits, leaves the group. */
  readonly stop: () => Promise<void>
  readonly counts: () => Readonly<IncidentCounts>
  /** Open incidents and the watermark (epoch ms), by partition. */
  readonly standing: () => readonly { readonly partition: number; readonly open: number; readonly watermark: number }[]
}

export type IncidentStageOptions = {
  /** Group `<group>-incidents` over the verdicts topic. */
  readonly source: Source
  /** Reads parts of the verdicts topic again, beside the group. */
  readonly reader: Pick<TopicReader, 'read'>
  readonly topics: Pick<TopicNames, 'verdicts' | 'events'>
  readonly pack: Pack
  readonly sink: Pick<Sink, 'store'>
  readonly clocks: ClockFeed
  /** Where the partitions of a topic begin and end now. */
  readonly endsOf: (topic: string) => Promise<ReadonlyMap<number, { readonly low: bigint; readonly high: bigint }>>
  readonly commitMs: number
  readonly aliveMs: number
  /** Told of what changes for alerts, once what is there at the start has been read. Must not block. */
  readonly alert?: ((states: readonly AlertState[]) => void) | undefined
  /** Provisional verdicts count for alerts too. */
  readonly isProvisionalShown?: boolean
  readonly now: () => number
  readonly failed: (error: Error) => void
}

type Partition = {
  readonly partition: number
  readonly watermark: IncidentWatermark
  readonly unlisten: () => void
  reader: IncidentReader
  /** What came late is being worked in: said with every commit until it is done. */
  isRepairing: boolean
  /** Where the partition ended when it was taken over. */
  readonly caughtUpAt: bigint
  isCaughtUp: boolean
  committedMs: number
  committed: string
  openMs: number
  alertedMs: number
  /** When the first and the last late message came, by the wall clock. */
  lateMs: { readonly first: number; readonly last: number } | undefined
}

const NOTHING = {
  decided: Number.NEGATIVE_INFINITY,
  promised: Number.NEGATIVE_INFINITY,
  starts: new Map(),
  late: [],
  isRepairing: false,
  repaired: NEVER,
}
const SLICE = 500
/** An open incident that grows all the time is stored this often, and told of this often. */
const OPEN_MS = 2_000
const ALERT_MS = 500
/** A replay that repairs brings late verdicts by the thousand: they are worked in once it pauses, or now and then. */
const LATE_QUIET_MS = 30_000
const LATE_MOST_MS = 600_000

/** Verdicts in, incidents out. What is stored is a function of the set of final verdicts, whenever and however often they come. */
export async function startIncidentStage(options: IncidentStageOptions): Promise<IncidentStage> {
  const { source, topics, pack, sink, now } = options
  const partitions = new Map<number, Partition>()
  const inTurn = createTurns()
  const shown = { provisional: options.isProvisionalShown === true }
  const counts: IncidentCounts = {
    read: 0,
    counted: 0,
    repeat: 0,
    late: 0,
    ignored: 0,
    unreadable: 0,
    stored: 0,
    repairs: 0,
  }
  let isStopped = false
  let isBroken = false

  const guard = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: Error) => {
      isBroken = true
      isStopped = true
      options.failed(error)
      throw error
    })
  const isOurs = (p: Partition): boolean => partitions.get(p.partition) === p

  const rangeOf = (partition: number, from: bigint, to: bigint, low: bigint): OffsetRange => ({
    topic: topics.verdicts,
    partition,
    from: from > low ? from : low,
    to,
    low,
  })

  const open = async (partition: number): Promise<Partition> => {
    const known = partitions.get(partition)
    if (known) return known
    const committed = await source.committed(topics.verdicts, partition)
    const ends = (await options.endsOf(topics.verdicts)).get(partition) ?? { low: 0n, high: 0n }
    const note = decodeIncidentNote(committed?.metadata)
    const read = committed?.offset ?? ends.low
    const state = note ?? { ...NOTHING, from: Number(read) }
    const realms = await inFolder((dir) =>
      rebuild({
        ...state,
        positions: new Map(),
        reader: options.reader,
        range: rangeOf(partition, BigInt(state.from), read, ends.low),
        pack,
        dir,
      }),
    )
    const watermark = createIncidentWatermark(partition, state.promised)
    watermark.expect((await options.endsOf(topics.events)).keys())
    watermark.read(read)
    const made: Partition = {
      partition,
      watermark,
      unlisten: options.clocks.listen(watermark.clock),
      reader: createIncidentReader(pack, { ...state, read: Number(read), watermark: state.decided, realms }, shown),
      isRepairing: state.isRepairing,
      caughtUpAt: ends.high,
      isCaughtUp: read >= ends.high,
      committedMs: now(),
      committed: '',
      openMs: Number.NEGATIVE_INFINITY,
      alertedMs: Number.NEGATIVE_INFINITY,
      lateMs: state.late.length > 0 ? { first: now(), last: now() } : undefined,
    }
    partitions.set(partition, made)
    // What the process before may have stored already; what comes next is late for it here too.
    await carryOut(made, made.reader.advance(state.promised), state.isRepairing)
    if (state.isRepairing) await workIn(made)
    return made
  }

  const store = async (documents: readonly StoredDocument[]): Promise<void> => {
    if (documents.length === 0) return
    await sink.store(documents)
    counts.stored += documents.length
  }

  /** Says what will be stored, stores it, commits, tells the watchers: in this order. */
  const carryOut = async (p: Partition, closed: readonly Incident[], mustCommit = false): Promise<void> => {
    const isOpenDue = mustCommit || now() - p.openMs >= OPEN_MS
    const incidents = isOpenDue ? [...closed, ...p.reader.changed()] : closed
    if (incidents.length > closed.length) p.openMs = now()
    if (incidents.length > 0) {
      // A verdict that comes after this is late, whatever becomes of this process: what it is to join may be stored without it.
      await commit(p, false)
      const { repaired } = p.reader.settle(false).note
      await store(incidents.map((i) => incidentDocument(i, repaired)))
    }
    if (mustCommit || incidents.length > 0 || now() - p.committedMs >= options.commitMs) await commit(p, true)
    if (!options.alert || !p.isCaughtUp || now() - p.alertedMs < ALERT_MS || !isOurs(p)) return
    p.alertedMs = now()
    const states = p.reader.alerts()
    if (states.length > 0) options.alert(states)
  }

  const commit = async (p: Partition, isStored: boolean): Promise<void> => {
    p.watermark.expect((await options.endsOf(topics.events)).keys())
    const { read, note } = p.reader.settle(isStored)
    p.committedMs = now()
    const metadata = encodeIncidentNote({ ...note, isRepairing: p.isRepairing })
    const stamp = `${read} ${metadata}`
    if (stamp === p.committed || !isOurs(p)) return
    if (await source.commit(topics.verdicts, p.partition, { offset: BigInt(read), metadata })) p.committed = stamp
  }

  const isRepairDue = (p: Partition): boolean =>
    p.lateMs !== undefined &&
    (now() - p.lateMs.last >= LATE_QUIET_MS ||
      now() - p.lateMs.first >= LATE_MOST_MS ||
      p.reader.late().length >= MAX_RANGES)

  /** Works in what came late, and goes on with the state that this gives. */
  const workIn = async (p: Partition): Promise<void> => {
    const { read, note } = p.reader.settle(true)
    const positions = p.reader.positions()
    const { low } = (await options.endsOf(topics.verdicts)).get(p.partition) ?? { low: 0n }
    const range = rangeOf(p.partition, low, BigInt(read), low)
    const { realms, changed, gone } = await inFolder((dir) =>
      repair({ ...note, reader: options.reader, range, pack, positions, dir }),
    )
    if (!isOurs(p)) return
    p.isRepairing = true
    await commit(p, true)
    const repaired = { read, until: Math.max(note.decided, ...positions.values()) }
    await store([
      ...gone.map((was) => incidentWithdrawal(was, repaired)),
      ...changed.map(({ now: is, was }) => repairedDocument(is, was, repaired)),
    ])
    const start = { read, watermark: note.decided, realms, late: [], repaired }
    p.reader = createIncidentReader(pack, { ...start, firing: p.reader.firing() }, shown)
    p.lateMs = undefined
    p.isRepairing = false
    counts.repairs++
    await carryOut(p, p.reader.advance(note.decided), true)
  }

  const takeIn = (p: Partition, messages: readonly RawMessage[]): boolean => {
    let isLate = false
    for (const raw of messages) {
      counts.read++
      const m = decodeVerdictMessage(raw)
      const taken = m ? p.reader.read(m) : 'unreadable'
      counts[taken]++
      isLate ||= taken === 'late'
    }
    if (isLate) p.lateMs = { first: p.lateMs?.first ?? now(), last: now() }
    return isLate
  }

  const readBatch = async (batch: Batch, control: Control): Promise<void> => {
    if (isStopped || !control.isCurrent()) return
    const p = await open(batch.partition)
    if (batch.messages.length === 0) {
      p.reader.passed(Number(batch.next))
      p.watermark.read(batch.next)
    }
    for (let from = 0; from < batch.messages.length; from += SLICE) {
      if (isStopped || !control.isCurrent() || !isOurs(p)) return
      const slice = batch.messages.slice(from, from + SLICE)
      const isLate = takeIn(p, slice)
      const last = (slice.at(-1) as RawMessage).offset
      const next = from + SLICE < batch.messages.length ? last + 1n : batch.next
      p.reader.passed(Number(next))
      p.watermark.read(next)
      p.isCaughtUp ||= next >= p.caughtUpAt
      await carryOut(p, p.reader.advance(p.watermark.value()), isLate)
      if (isRepairDue(p)) await workIn(p)
      control.passed(last)
    }
  }

  await source.run({
    assigned: (ours: readonly Assigned[]) => {
      for (const p of partitions.values()) p.unlisten()
      partitions.clear()
      void guard(
        inTurn(async () => {
          for (const { partition } of ours) if (!isStopped) await open(partition)
        }),
      ).catch(() => {})
    },
    failed: options.failed,
    batch: (batch, control) =>
      whileAlive(guard(inTurn(() => readBatch(batch, control))), control.alive, options.aliveMs),
  })

  const each = (work: (p: Partition) => Promise<void>): Promise<void> =>
    guard(
      inTurn(async () => {
        for (const p of [...partitions.values()]) if (!isBroken && isOurs(p)) await work(p)
      }),
    )

  return {
    counts: () => counts,
    standing: () =>
      [...partitions.values()].map(({ partition, reader }) => ({
        partition,
        open: reader.open(),
        watermark: reader.watermark(),
      })),
    tick: () =>
      each(async (p) => {
        if (isStopped) return
        await carryOut(p, p.reader.advance(p.watermark.value()))
        if (isRepairDue(p)) await workIn(p)
      }),
    stop: async () => {
      isStopped = true
      if (!isBroken) await each((p) => carryOut(p, [], true)).catch(() => {})
      await source.stop()
    },
  }
}

/** A folder for what does not fit into memory, gone afterwards. */
async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'whytimeout-incidents-'))
  return work(dir).finally(() => rm(dir, { recursive: true, force: true }))
}
