import { applyTo, type StoredDocument } from '../stream/documents.js'

/** One document as it goes over the wire. */
export type Write = {
  readonly document: StoredDocument
  /** Its lines of a bulk request, what to do and what to store, in UTF-8 with their ends. */
  readonly lines: Buffer
  /** Its texts were cut: nothing more can be taken off it. */
  readonly isCut: boolean
}
export type BulkLimits = {
  readonly requestBytes: number
  readonly requestDocuments: number
  /** Above this a document's texts are cut. */
  readonly documentBytes: number
}
export const BULK_LIMITS: BulkLimits = {
  requestBytes: 5 * 1024 * 1024,
  requestDocuments: 1_000,
  documentBytes: 1024 * 1024,
}

/** Characters that stay of a text that is cut. */
const CUT_TO = 8_192
/** Texts that may be cut, by their path; nothing is found or counted by the end of one. */
const TEXTS = ['event.original', 'message', 'error.message']

/** Of several writes of one document only the newest: versions would refuse the others. */
export function newestOf(documents: readonly StoredDocument[]): readonly StoredDocument[] {
  const newest = new Map<string, StoredDocument>()
  for (const d of documents) applyTo(newest, d)
  return [...newest.values()]
}

export function toWrite(document: StoredDocument, isCut = false): Write {
  const { index, id, version, versionType, source } = document
  const target = { _index: index, _id: id, version, version_type: versionType }
  const text =
    source === undefined
      ? `${JSON.stringify({ delete: target })}\n`
      : `${JSON.stringify({ index: target })}\n${JSON.stringify(source)}\n`
  return { document, lines: Buffer.from(text), isCut }
}

/** The same document with its texts cut, which it says in `whytimeout.cut`; undefined if that takes nothing off it. */
export function cutShort({ document, isCut }: Write): Write | undefined {
  if (isCut || document.source === undefined) return undefined
  const source = structuredClone(document.source) as Record<string, unknown>
  const cut = TEXTS.filter((path) => {
    const { at, name } = placeOf(source, path)
    const text = at?.[name]
    if (at === undefined || typeof text !== 'string' || text.length <= CUT_TO) return false
    // Not through the middle of a character of two units.
    at[name] = text.slice(0, /[\ud800-\udbff]/.test(text[CUT_TO - 1] ?? '') ? CUT_TO - 1 : CUT_TO)
    return true
  })
  if (cut.length === 0) return undefined
  source['whytimeout'] = { ...(source['whytimeout'] as object | undefined), cut: cut.sort() }
  return toWrite({ ...document, source }, true)
}

function placeOf(source: Record<string, unknown>, path: string): { at?: Record<string, unknown>; name: string } {
  const steps = path.split('.')
  const name = steps.pop() as string
  let at: Record<string, unknown> | undefined = source
  for (const step of steps) at = at?.[step] as Record<string, unknown> | undefined
  return { ...(at && { at }), name }
}

/** Requests within the limits; a document is made into text only when its request is asked for. */
export function* requestsOf(documents: Iterable<StoredDocument>, limits: BulkLimits): Generator<readonly Write[]> {
  let request: Write[] = []
  let bytes = 0
  for (const document of documents) {
    const whole = toWrite(document)
    const write = whole.lines.length > limits.documentBytes ? (cutShort(whole) ?? whole) : whole
    const isFull = request.length >= limits.requestDocuments || bytes + write.lines.length > limits.requestBytes
    if (isFull && request.length > 0) {
      yield request
      request = []
      bytes = 0
    }
    request.push(write)
    bytes += write.lines.length
  }
  if (request.length > 0) yield request
}
