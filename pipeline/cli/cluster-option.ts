import type { ElasticsearchConfig } from '../../schemas/config.js'
import { WhytimeoutError } from '../errors.js'
import type { AnyConfig } from '../run/config.js'
import { type Client, connectElasticsearch } from '../sinks/elasticsearch-client.js'

/**
 * The cluster that is meant: that of the configuration, at the address of `--elasticsearch` where that is given.
 * @returns undefined where neither names one
 * @throws WhytimeoutError USAGE
 */
export function clusterOption(url: string | undefined, config: AnyConfig | undefined): ElasticsearchConfig | undefined {
  if (url === undefined) return config?.elasticsearch
  if (!/^https?:\/\/[^/]/.test(url))
    throw new WhytimeoutError('USAGE', 'no address such as http://localhost:9200', '--elasticsearch')
  return { ...config?.elasticsearch, cloud_id: undefined, node: url }
}

/** A client of that cluster, to be closed by the caller. @throws WhytimeoutError USAGE, CONFIG_INVALID */
export function clusterClient(
  url: string | undefined,
  config: AnyConfig | undefined,
  command: string,
): Promise<Client> {
  if (url === undefined && config === undefined)
    throw new WhytimeoutError('USAGE', 'say where: --config or --elasticsearch', command)
  const settings = clusterOption(url, config)
  if (settings === undefined)
    throw new WhytimeoutError('CONFIG_INVALID', 'the key "elasticsearch" is missing', '--config')
  return connectElasticsearch(settings, config?.dir ?? '.')
}
