import type { Sink } from './sink.js'
import type { TopicWriter } from './topic-writer.js'
import { toTopicMessage } from './verdict-topic.js'

const INCIDENTS = 'whytimeout-incidents-'

/** Incidents to a topic, keyed by realm, with the headers that verdicts have. A null value takes the incident back. */
export const createIncidentTopicSink = (writer: Pick<TopicWriter, 'send'>, topic: string): Sink => ({
  store: async (documents) => {
    const messages = documents.filter((d) => d.index.startsWith(INCIDENTS)).map(toTopicMessage)
    if (messages.length > 0) await writer.send(topic, messages)
  },
  close: async () => {},
})
