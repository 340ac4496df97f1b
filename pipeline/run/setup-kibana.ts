import { writeFile } from 'node:fs/promises'
import { kibanaNdjson, kibanaObjects } from '../../schemas/kibana/objects.js'
import { WhytimeoutError } from '../errors.js'
import { importObjects, importUrl } from '../sinks/kibana.js'
import type { AnyConfig } from './config.js'
import type { SetupIo } from './setup-elasticsearch.js'

export type SetupKibanaOptions = {
  /** Say what would be imported, and import nothing. */
  readonly dryRun: boolean
  /** Write the objects there and ask no Kibana. */
  readonly file: string | undefined
  readonly io: SetupIo
}

const WORDS = {
  en: {
    'index-pattern': 'data view',
    search: 'saved search',
    dashboard: 'dashboard',
    imported: (n: number, where: string) => `${n} objects imported to ${where}`,
    would: (n: number, where: string) => `${n} objects would be imported to ${where}, over those of the same ids`,
    written: (n: number, where: string) =>
      `${n} objects written to ${where}: Kibana, Stack Management, Saved Objects, Import`,
  },
  zh: {
    'index-pattern': '数据视图',
    search: '已保存的搜索',
    dashboard: '仪表板',
    imported: (n: number, where: string) => `已导入 ${n} 个对象到 ${where}`,
    would: (n: number, where: string) => `将导入 ${n} 个对象到 ${where}，覆盖相同ID的对象`,
    written: (n: number, where: string) =>
      `已将 ${n} 个对象写入 ${where}：在Kibana的“Stack Management – 已保存对象 – 导入”中导入`,
  },
} as const

/**
 * Imports data views, saved searches and dashboards, titled in the language of the output. Running it again gives the same.
 * @returns the exit code
 * @throws WhytimeoutError CONFIG_INVALID, OUTPUT_UNWRITABLE, KIBANA_…
 */
export async function setupKibana(
  { kibana }: Pick<AnyConfig, 'kibana'>,
  { dryRun, file, io }: SetupKibanaOptions,
): Promise<number> {
  const words = WORDS[io.lang]
  const objects = kibanaObjects(io.lang)
  if (file !== undefined && !dryRun) {
    await writeFile(file, kibanaNdjson(io.lang)).catch((cause) => {
      throw new WhytimeoutError('OUTPUT_UNWRITABLE', 'the file cannot be written', file, { cause })
    })
    io.out(words.written(objects.length, file))
    return 0
  }
  if (dryRun)
    for (const { type, id, attributes } of objects) {
      const name = type === 'index-pattern' ? attributes['name'] : attributes.title
      io.out(`${words[type]} ${id}: ${name}`)
    }
  if (file !== undefined) return 0
  if (kibana === undefined) throw new WhytimeoutError('CONFIG_INVALID', 'the key "kibana" is missing', 'kibana')
  const where = importUrl(kibana).replace(/\/api\/.*$/, '')
  io.out(
    dryRun
      ? words.would(objects.length, where)
      : words.imported(await importObjects(kibana, kibanaNdjson(io.lang)), where),
  )
  return 0
}
