import type { OriginEntry } from '../../../schemas/origin.js'
import type { ErrorCode } from '../../errors.js'
import type { Findings } from '../../parse/infer.js'
import type { LogFile, Root } from '../../sources/files.js'
import type { Counts } from '../books.js'
import type { InputOptions } from '../inputs.js'
import type { Numbered } from '../passes.js'

/** What a thread is started with: it reads inventory, origins and rules itself. */
export type JobSetting = {
  readonly inputs: InputOptions
  readonly roots: readonly Root[]
  readonly files: readonly LogFile[]
  readonly allEvents: boolean
  readonly receivedAtMs: number
  /** A folder of its own, for sorted runs. */
  readonly dir: string
  readonly bufferItems: number | undefined
}

export type JobTask =
  | { readonly pass: 'look'; readonly files: readonly Numbered[] }
  | { readonly pass: 'read'; readonly files: readonly Numbered[]; readonly entries: ReadonlyMap<string, OriginEntry> }

/** What the second pass of a thread leaves behind: files of sorted lines, and its share of the books. */
export type Share = {
  readonly runs: readonly string[]
  readonly deadRuns: readonly string[]
  readonly counts: Counts
  readonly span: { readonly from: number; readonly to: number }
}

export type JobReply =
  | { readonly kind: 'progress'; readonly records: number; readonly bytes: number }
  | { readonly kind: 'looked'; readonly findings: Findings }
  | { readonly kind: 'read'; readonly share: Share }
  | { readonly kind: 'failed'; readonly error: Failure }

/** An error on its way to another thread, which knows no classes. */
export type Failure = {
  readonly code?: ErrorCode
  readonly message: string
  readonly place?: string | undefined
  readonly stack?: string | undefined
}
