import { type StoredDocument, supersededEnd } from '../../stream/documents.js'
import { createSorter } from '../sort.js'
import type { DecidedVerdict } from './decided.js'
import { MEMORY_BYTES } from './references.js'

/** What decided verdicts say of one id: it is theirs, or that of one of their symptoms that is no anchor. */
export type Names = {
  /** The verdict of the range under this id. */
  readonly own: DecidedVerdict | undefined
  /** Version at which verdicts of the range end what is stored under it. */
  readonly given: number | undefined
  /** Verdicts outside the range whose timeout it is. */
  readonly other: readonly string[]
}

type Mark = {
  readonly id: string
  readonly realm: string
  readonly version: number
  readonly of: string
  readonly kind: 'own' | 'given' | 'other'
  readonly own?: DecidedVerdict
}

export type Ended = {
  /** @param isGiven  whether the verdict is of the range */
  readonly add: (v: DecidedVerdict, isGiven: boolean) => Promise<void>
  readonly byId: () => AsyncGenerator<Names & { readonly span: number; readonly id: string }>
  /** Ends of what is stored under symptoms that are no anchor. @param across  verdicts outside the range that are stored too */
  readonly documents: (across: ReadonlySet<string>) => AsyncGenerator<StoredDocument>
  readonly close: () => Promise<void>
}

/** Under which ids the decided timeouts may be stored. Sorted on disk. */
export function endedIn(dir: string): Ended {
  const marks = createSorter<Mark>({
    dir,
    compare: (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.of < b.of ? -1 : a.of > b.of ? 1 : 0),
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as Mark,
    sizeOf: (m) => 300 + 2 * (m.own?.text.length ?? 0),
    maxItems: 50_000,
    maxBytes: MEMORY_BYTES,
  })
  return {
    add: async (own, isGiven) => {
      const { id, realm, version, superseded } = own
      await marks.add({ id, realm, version, of: id, kind: isGiven ? 'own' : 'other', ...(isGiven && { own }) })
      for (const s of superseded) await marks.add({ id: s, realm, version, of: id, kind: isGiven ? 'given' : 'other' })
    },
    byId: async function* () {
      let group: Mark[] = []
      for await (const m of marks.sorted()) {
        if (group[0] && group[0].id !== m.id) {
          yield namesOf(group)
          group = []
        }
        group.push(m)
      }
      if (group.length > 0) yield namesOf(group)
    },
    documents: async function* (across) {
      for await (const m of marks.sorted())
        if (m.id !== m.of && (m.kind === 'given' || across.has(m.of)))
          yield supersededEnd(m.id, m.realm, m.version, m.of)
    },
    close: marks.close,
  }
}

function namesOf(group: readonly Mark[]): Names & { span: number; id: string } {
  const given = group.filter((m) => m.kind === 'given').map((m) => m.version)
  return {
    span: 0,
    id: (group[0] as Mark).id,
    own: group.find((m) => m.kind === 'own')?.own,
    given: given.length > 0 ? Math.max(...given) : undefined,
    other: group.filter((m) => m.kind === 'other').map((m) => m.of),
  }
}
