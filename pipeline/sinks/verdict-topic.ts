import type { StoredDocument } from '../stream/documents.js'
import type { Sink } from './sink.js'
import type { TopicMessage, TopicWriter } from './topic-writer.js'

const VERDICTS = 'whytimeout-verdicts-'

/**
 * Verdicts to a topic, keyed by realm, so that a realm's verdicts keep their order. A null value takes the verdict back. Headers say which
 * document it is: a reader keeps the newest of an id by the rules of external versions.
 */
export const createVerdictTopicSink = (writer: Pick<TopicWriter, 'send'>, topic: string): Sink => ({
  store: async (documents) => {
    const messages = documents.filter((d) => d.index.startsWith(VERDICTS)).map(toTopicMessage)
    if (messages.length > 0) await writer.send(topic, messages)
  },
  close: async () => {},
})

/** A document as a message: which one it is, and what it must be newer than, stands in the headers. */
export const toTopicMessage = (d: StoredDocument): TopicMessage => ({
  key: d.realm,
  value: d.source === undefined ? null : JSON.stringify(d.source),
  headers: {
    index: d.index,
    id: d.id,
    version: String(d.version),
    version_type: d.versionType,
    ...(d.by !== undefined && { by: d.by }),
  },
})
