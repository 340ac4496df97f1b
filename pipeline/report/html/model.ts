import type { Books } from '../../../schemas/summary.js'
import type { Phase, Remedy, Scope, Sufferer, VerdictCause } from '../../../schemas/vocabulary.js'

/**
 * What `report.html` holds, as JSON in the page: the generator writes it, the page's code reads it, nothing else does.
 * Times are epoch ms, UTC; `cause` and `phase` are positions in `VERDICT_CAUSES` and `PHASES`; shares are 0..1.
 */
export type Model = {
  /** Counted over every verdict, listed or not. */
  readonly totals: {
    readonly timeouts: number
    readonly terminals: number
    readonly sites: number
    readonly incidents: number
    /** By cause, by phase. */
    readonly causes: readonly number[]
    readonly phases: readonly number[]
    /** When the first attempt began and the last was given up; absent without a timeout. */
    readonly first?: number
    readonly last?: number
  }
  readonly time: TimeAxis
  /** Timeouts by cause and step of time. */
  readonly overTime: readonly (readonly number[])[]
  readonly heat: readonly HeatRow[]
  readonly incidents: readonly IncidentItem[]
  readonly mechanisms: Readonly<Record<string, MechanismWords>>
  readonly prevention: Readonly<Record<string, Words>>
  readonly remedies: Readonly<Record<string, RemedyWords>>
  readonly words: Vocabulary
  readonly quality: Quality
  /** Where there is no timeout: mechanisms of which some lines tell, with how many; the most first. */
  readonly evidence: readonly { readonly mechanism: string; readonly cause: VerdictCause; readonly lines: number }[]
  readonly sample: Sample
}

export type Words = { readonly en: string; readonly zh: string }

export type Vocabulary = {
  readonly causes: Readonly<Record<VerdictCause, Words>>
  readonly phases: Readonly<Record<Phase, Words>>
  readonly scopes: Readonly<Record<Scope, Words>>
  readonly logs: Readonly<Record<string, Words>>
}

/** Equal steps from `from`; as many as `count`. */
export type TimeAxis = { readonly from: number; readonly stepMs: number; readonly count: number }

/** A site's timeouts (or a terminal's); the one without a name is all the others together, an empty name is "not known". */
export type HeatRow = {
  readonly name?: string
  readonly timeouts: number
  /** Step of time, cause, timeouts: three numbers after one another. */
  readonly cells: readonly number[]
}

export type IncidentItem = {
  readonly id: string
  readonly cause: number
  readonly mechanism: string
  readonly scope: Scope
  readonly scopeId: string
  readonly realm: string
  readonly isOpen: boolean
  readonly first: number
  readonly last: number
  readonly timeouts: number
  readonly terminals: number
  readonly share: number
  readonly remedy: readonly Remedy[]
  readonly evidence: readonly string[]
  readonly explain: Words
}

export type MechanismWords = {
  readonly name: Words
  readonly summary?: Words
  readonly next: Words
  readonly confirm: Words
  /** Of its signals, those that have words. */
  readonly signals: Readonly<Record<string, Words>>
}
export type RemedyWords = { readonly text: Words; readonly caution?: Words }

export type Quality = {
  readonly books: Books
  readonly unparsedShare: number
  /** Records that could not be read, by why. */
  readonly unread: readonly (readonly [why: Words, records: number])[]
  readonly formats: readonly (readonly [string, number])[]
  /** Of the records read, the share that only readers of anything did. */
  readonly genericShare: number
  readonly notTimeouts: readonly (readonly [string, number])[]
  readonly assumed: readonly {
    readonly origin: string
    readonly what: Words
    readonly value: string
    readonly why: Words
  }[]
  readonly files: readonly {
    readonly path: string
    readonly read: number
    readonly unparsed: number
    readonly generic: number
  }[]
  /** Files and assumptions that are not listed here. */
  readonly moreFiles: number
  readonly moreAssumed: number
  readonly rules: { readonly generation: number; readonly digest: string }
}

/** By what rule less than everything is in the page. */
export type Sample = {
  /** Verdicts listed with everything behind them, and at most how many of one cause and reach (absent: all). */
  readonly listed: number
  readonly perReach?: number
  /** Verdicts that filters count; less than all only past the limit. */
  readonly counted: number
  readonly incidents: number
}

/** One number a verdict in each column, sorted by time; a name's column has positions in its list, of which the first is "not known". */
export type Facts = {
  readonly rows: number
  readonly names: Readonly<Record<NamedField, readonly string[]>>
  /** Base64 of the little-endian column. */
  readonly columns: Readonly<Record<FactColumn, string>>
}
export const NAMED_FIELDS = ['site', 'terminal', 'isp', 'endpoint'] as const
export type NamedField = (typeof NAMED_FIELDS)[number]
export const perField = <T>(make: (field: NamedField) => T): Record<NamedField, T> => ({
  site: make('site'),
  terminal: make('terminal'),
  isp: make('isp'),
  endpoint: make('endpoint'),
})
/** `at`: seconds since `TimeAxis.from` (32 bits); cause, phase, confidence in percent: 8 bits; names: 16 bits. */
export type FactColumn = 'at' | 'cause' | 'phase' | 'confidence' | NamedField

export type VerdictItem = {
  readonly id: string
  readonly at: number
  readonly start: number
  readonly end: number
  readonly cause: number
  readonly mechanism: string
  readonly confidence: number
  readonly phase: number
  readonly suffered: Sufferer
  readonly scope: Scope
  readonly scopeId: string
  readonly realm: string
  readonly terminal?: string
  readonly site?: string
  readonly isp?: string
  readonly gateway?: string
  readonly endpoint?: string
  /** Address it came from, and port. */
  readonly source?: string
  readonly key?: string
  readonly host?: string
  readonly failed: number
  readonly ok: number
  /** By cause, to four decimals. */
  readonly scores: readonly number[]
  readonly considered: readonly ConsideredItem[]
  readonly evidence: readonly EvidenceLine[]
  /** Events cited, evidence or symptom. */
  readonly events: readonly string[]
  readonly ruledOut: readonly RuledOutItem[]
  /** Absent where none was. */
  readonly missed?: readonly MissedItem[]
  readonly missing: readonly string[]
  readonly remedy: readonly Remedy[]
  readonly explain: Words
}
export type ConsideredItem = {
  readonly mechanism: string
  readonly cause: number
  readonly bits: number
  readonly probability: number
  readonly signals: readonly (readonly [name: string, bits: number])[]
}
export type EvidenceLine = {
  readonly event: string
  readonly signal: string
  readonly bits: number
  readonly text: string
}
export type RuledOutItem = {
  readonly cause: number
  readonly mechanism?: string
  readonly signal?: string
  readonly bits?: number
  /** An event that shows it; the page has its line only where the verdict cites it too. */
  readonly event?: string
}

/** A signal that one condition kept from counting, and which. */
export type MissedItem = {
  readonly mechanism: string
  readonly signal: string
  readonly bits: number
  readonly why: Words
}

/** A cited line: when and where it stands, and what it says. */
export type LineItem = {
  readonly at: number
  readonly host: string
  readonly place: string
  readonly text: string
}
export type Details = {
  readonly verdicts: readonly VerdictItem[]
  readonly lines: Readonly<Record<string, LineItem>>
}
