import type { Sink } from '../sinks/sink.js'
import type { TopicWriter } from '../sinks/topic-writer.js'
import { createVerdictTopicSink } from '../sinks/verdict-topic.js'
import type { LoadedConfig } from './config.js'
import { topicNames } from './topics.js'

/**
 * Where documents go by the configuration, for the stream and for reruns alike. The verdicts topic is the last: a rerun takes what it says
 * is stored as stored everywhere.
 */
export async function sinksOf(
  config: Pick<LoadedConfig, 'kafka'>,
  writer: Pick<TopicWriter, 'send'>,
): Promise<readonly Sink[]> {
  return [createVerdictTopicSink(writer, topicNames(config.kafka.prefix).verdicts)]
}
