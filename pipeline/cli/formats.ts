import { FORMATS } from '../parse/formats/index.js'
import { defineCommand } from './command.js'

export const formatsCommand = defineCommand({
  name: 'formats',
  summary: { en: 'List the log formats that are read.', zh: '列出可识别的日志格式。' },
  usage: '[--json]',
  options: { json: { type: 'boolean', about: { en: 'as JSON', zh: '以JSON输出' } } },
  examples: [
    {
      run: 'whytimeout formats',
      about: { en: 'all formats with the manual they are read by', zh: '全部格式及其依据' },
    },
  ],
  async run(_, options, io) {
    const list = FORMATS.map(({ id, title, source }) => ({ id, title, source }))
    io.out(
      options.json
        ? JSON.stringify(list, null, 2)
        : list.map((f) => `${f.id.padEnd(14)}${f.title}\n${''.padEnd(14)}  ${f.source}`).join('\n'),
    )
    return 0
  },
})
