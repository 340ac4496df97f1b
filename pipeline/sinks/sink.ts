import type { StoredDocument } from '../stream/documents.js'

/** Where documents go. Writing one twice, or an older after a newer, changes nothing: versions decide. */
export type Sink = {
  /** Resolves once all of them are stored for good. @throws WhytimeoutError SINK_FAILED if that cannot be */
  readonly store: (documents: readonly StoredDocument[]) => Promise<void>
  readonly close: () => Promise<void>
}

/** How it goes with a store; told at every change. */
export type SinkState = {
  /** The store took the last request. */
  readonly up: boolean
  /** Documents or messages that wait to be tried again. */
  readonly retrying: number
  /** Why; no log content in it. */
  readonly reason?: string
}
