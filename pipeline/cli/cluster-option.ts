import type { ElasticsearchConfig } from '../../schemas/config.js'
import { WhytimeoutError } from '../errors.js'
import type { AnyConfig } from '../run/config.js'

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
