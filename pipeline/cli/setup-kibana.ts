import { setupKibana } from '../run/setup-kibana.js'
import { defineTarget } from './setup-target.js'

export const kibanaTarget = defineTarget({
  options: {
    out: {
      type: 'string',
      value: 'FILE',
      about: {
        en: 'kibana: write what would be imported to a file (NDJSON), and ask no Kibana',
        zh: 'kibana：将待导入内容写入文件（NDJSON），不连接Kibana',
      },
    },
  },
  run: (config, values, io) => setupKibana(config, { dryRun: values['dry-run'], file: values.out, io }),
})
