import type { ElasticsearchConfig } from '../../schemas/config.js'
import type { Refusal } from '../sinks/bulk-answer.js'
import { createElasticsearchSink, type ElasticsearchSink, type SinkState } from '../sinks/elasticsearch.js'
import { connectElasticsearch } from '../sinks/elasticsearch-client.js'
import { checkTemplates } from '../sinks/elasticsearch-templates.js'
import type { TopicMessage, TopicWriter } from '../sinks/topic-writer.js'

/**
 * A cluster for a stream's verdicts and events. What it refuses for good is in the dead letters' topic before a `store` is over.
 * @param options.dir      where relative paths of the configuration start
 * @param options.onState  for readiness and metrics; a `store` waits for as long as the cluster is away
 * @throws WhytimeoutError CONFIG_INVALID, ELASTICSEARCH_UNREACHABLE, ELASTICSEARCH_REFUSED, ELASTICSEARCH_TEMPLATES
 */
export async function openStreamStore(
  config: ElasticsearchConfig,
  options: {
    readonly dir: string
    readonly writer: Pick<TopicWriter, 'send'>
    readonly deadLetters: string
    readonly onState: (state: SinkState) => void
    readonly now: () => number
  },
): Promise<ElasticsearchSink> {
  const { dir, writer, deadLetters, onState, now } = options
  const client = await connectElasticsearch(config, dir)
  try {
    await checkTemplates(client)
  } catch (error) {
    await client.close()
    throw error
  }
  return createElasticsearchSink({
    client,
    onState,
    refused: async (refusal) => {
      await writer.send(deadLetters, [refusedMessage(refusal, now())])
    },
  })
}

/** A document that the cluster refused, masked as it was, and all that it takes to store it once more. */
export function refusedMessage({ document, code, type, reason }: Refusal, nowMs: number): TopicMessage {
  const { index, id, realm, version, versionType, source } = document
  return {
    key: realm,
    value: source === undefined ? null : JSON.stringify(source),
    headers: {
      '__connect.errors.connector.name': 'whytimeout',
      '__connect.errors.task.id': '0',
      '__connect.errors.stage': 'index',
      '__connect.errors.class.name': 'whytimeout.index',
      '__connect.errors.exception.class.name': code,
      '__connect.errors.exception.message': `${type}: ${reason}`,
      '__connect.errors.exception.stacktrace': '',
      'whytimeout.retry': '0',
      'whytimeout.at': new Date(nowMs).toISOString(),
      ...{ index, id, version: String(version), version_type: versionType },
    },
  }
}
