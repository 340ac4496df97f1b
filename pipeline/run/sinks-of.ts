import type { Sink, SinkState } from '../sinks/sink.js'
import type { TopicWriter } from '../sinks/topic-writer.js'
import { createVerdictTopicSink } from '../sinks/verdict-topic.js'
import type { LoadedConfig } from './config.js'
import { openStreamStore } from './stream-store.js'
import { topicNames } from './topics.js'

/**
 * Where documents go by the configuration, for the stream and for reruns alike; each sink takes what is for it. The verdicts topic is the last: whoever reads it takes what
 * it says as stored everywhere.
 * @throws WhytimeoutError if Elasticsearch is configured and cannot be used
 */
export async function sinksOf(
  config: Pick<LoadedConfig, 'kafka' | 'elasticsearch' | 'dir'>,
  options: {
    readonly writer: Pick<TopicWriter, 'send'>
    readonly now: () => number
    /** Of Elasticsearch. */
    readonly onState?: (state: SinkState) => void
  },
): Promise<readonly Sink[]> {
  const { writer, now, onState = () => {} } = options
  const topics = topicNames(config.kafka.prefix)
  const { elasticsearch, dir } = config
  const store =
    elasticsearch &&
    (await openStreamStore(elasticsearch, { dir, writer, deadLetters: topics.deadLetters, onState, now }))
  return [...(store ? [store] : []), createVerdictTopicSink(writer, topics.verdicts)]
}

/** Several sinks as one: each gets the documents once the one before has them for good. */
export const inOrder = (sinks: readonly Sink[]): Sink => ({
  store: async (documents) => {
    for (const sink of sinks) await sink.store(documents)
  },
  close: async () => {
    await Promise.all(sinks.map((s) => s.close()))
  },
})
