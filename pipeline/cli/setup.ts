import { WhytimeoutError } from '../errors.js'
import { readConfig } from '../run/config.js'
import { defineCommand, type OptionSpec } from './command.js'
import { elasticsearchTarget } from './setup-elasticsearch.js'
import { kafkaTarget } from './setup-kafka.js'
import { kibanaTarget } from './setup-kibana.js'
import { type SetupTarget, SHARED } from './setup-target.js'

/** What can be set up, by the name that the command takes. */
const TARGETS: Readonly<Record<string, SetupTarget>> = {
  kafka: kafkaTarget,
  elasticsearch: elasticsearchTarget,
  kibana: kibanaTarget,
}
const NAMES = Object.keys(TARGETS)
const OWN: Readonly<Record<string, OptionSpec>> = Object.assign({}, ...Object.values(TARGETS).map((t) => t.options))

export const setupCommand = defineCommand({
  name: 'setup',
  summary: {
    en: 'Create what the stream needs; run it as often as you like.',
    zh: '创建实时分析所需的资源；可重复运行。',
  },
  usage: `${NAMES.join('|')} --config F.yml`,
  options: {
    config: { type: 'string', value: 'F.yml', about: { en: 'configuration file', zh: '配置文件' } },
    ...OWN,
    ...SHARED,
  },
  notes: {
    en: 'kafka: exit 3 when something could not be done, or differs in a way that loses data and --fix was not given.',
    zh: 'kafka：未能完成，或存在会丢失数据的差异且未加 --fix 时，以3退出。',
  },
  examples: [
    {
      run: 'whytimeout setup kafka --config whytimeout.yml --dry-run',
      about: { en: 'what would be created and what differs', zh: '查看将创建的主题和差异' },
    },
    {
      run: 'whytimeout setup kafka --config whytimeout.yml --partitions 6',
      about: { en: 'for a network split into realms', zh: '网络按realm拆分时' },
    },
    {
      run: 'whytimeout setup elasticsearch --config whytimeout.yml --dry-run --diff',
      about: { en: 'templates, roles and keys; what would change', zh: '模板、角色和密钥；查看将发生的变化' },
    },
    {
      run: 'whytimeout setup kibana --config whytimeout.yml',
      about: { en: 'data views, saved searches and dashboards', zh: '导入数据视图、已保存的搜索和仪表板' },
    },
  ],
  async run([name, ...rest], options, io) {
    const target = name === undefined || !Object.hasOwn(TARGETS, name) ? undefined : TARGETS[name]
    if (name === undefined || !target)
      throw new WhytimeoutError(
        'USAGE',
        `${name === undefined ? 'say what to set up' : `no "setup ${name}"`}; known: ${NAMES.join(', ')}`,
        'whytimeout setup',
      )
    if (rest.length > 0) throw new WhytimeoutError('USAGE', `unexpected "${rest[0]}"`, 'whytimeout setup')
    const { config: path, ...values } = options as Readonly<Record<string, unknown>>
    for (const [option, value] of Object.entries(values))
      if (
        Object.hasOwn(OWN, option) &&
        !Object.hasOwn(target.options, option) &&
        value !== undefined &&
        value !== false
      )
        throw new WhytimeoutError('USAGE', `setup ${name} takes no --${option}`, 'whytimeout setup')
    if (typeof path !== 'string') throw new WhytimeoutError('USAGE', 'no configuration given', '--config')
    return target.run(await readConfig(path, io.env), values, io)
  },
})
