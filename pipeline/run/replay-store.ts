import type { ElasticsearchConfig } from '../../schemas/config.js'
import type { Refusal } from '../sinks/bulk-answer.js'
import { createElasticsearchSink, type SinkCounts, type SinkState } from '../sinks/elasticsearch.js'
import { connectElasticsearch } from '../sinks/elasticsearch-client.js'
import { checkTemplates } from '../sinks/elasticsearch-templates.js'
import { createFolderSink, type FolderSink } from '../sinks/folder.js'
import type { Sink } from '../sinks/sink.js'
import type { StoredDocument } from '../stream/documents.js'
import { leftovers, type Span } from './replace.js'

/** What the cluster refused for good, beside the results. */
export const REFUSED_FILE = 'elasticsearch-dead-letters.ndjson'

export type ReplayStore = {
  readonly sink: Sink
  readonly counts: () => Readonly<SinkCounts>
  readonly leftovers: (span: Span) => AsyncIterable<StoredDocument>
  /** Ends it; refused documents, if any, appear in their file. */
  readonly close: () => Promise<void>
}

/**
 * A cluster for the results of a replay, checked before the work begins.
 * @param options.dir  where relative paths of the configuration start
 * @param options.out  folder of the results
 * @throws WhytimeoutError CONFIG_INVALID, ELASTICSEARCH_UNREACHABLE, ELASTICSEARCH_REFUSED, ELASTICSEARCH_TEMPLATES
 */
export async function openReplayStore(
  config: ElasticsearchConfig,
  options: {
    readonly dir: string
    readonly out: string
    readonly onState: (state: SinkState) => void
  },
): Promise<ReplayStore> {
  const client = await connectElasticsearch(config, options.dir)
  try {
    await checkTemplates(client)
  } catch (error) {
    await client.close()
    throw error
  }
  let folder: FolderSink | undefined
  let file: ReturnType<FolderSink['file']> | undefined
  const sink = createElasticsearchSink({
    client,
    onState: options.onState,
    refused: async (refusal) => {
      folder ??= await createFolderSink(options.out)
      file ??= folder.file(REFUSED_FILE)
      await file.write(refusedLine(refusal))
    },
  })
  return {
    sink,
    counts: sink.counts,
    leftovers: (span) => leftovers(client, span),
    close: async () => {
      await sink.close()
      await folder?.commit()
    },
  }
}

const refusedLine = ({ document, code, type, reason }: Refusal): string =>
  JSON.stringify({
    event: { kind: 'pipeline_error' },
    error: { code, type, message: reason },
    document: { index: document.index, id: document.id, version: document.version, version_type: document.versionType },
    ...(document.source && { source: document.source }),
  })
