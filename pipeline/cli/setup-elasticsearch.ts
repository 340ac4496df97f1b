import { setupElasticsearch } from '../run/setup-elasticsearch.js'
import { defineTarget } from './setup-target.js'

export const elasticsearchTarget = defineTarget({
  options: {
    diff: {
      type: 'boolean',
      about: { en: 'elasticsearch: show what differs, line by line', zh: 'elasticsearch：逐行显示差异' },
    },
  },
  run: (config, values, io) => setupElasticsearch(config, { dryRun: values['dry-run'], diff: values.diff, io }),
})
