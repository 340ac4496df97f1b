import { findingsOf } from '../../schemas/doctor.js'
import { WhytimeoutError } from '../errors.js'
import { findingsText } from '../report/findings.js'
import { readConfig } from '../run/config.js'
import { SETUP_TARGETS } from '../run/setup/targets.js'
import { defineCommand } from './command.js'

const TARGETS = Object.keys(SETUP_TARGETS)

export const setupCommand = defineCommand({
  name: 'setup',
  summary: {
    en: 'Create what the stream needs; run it as often as you like.',
    zh: '创建实时分析所需的资源;可重复运行。',
  },
  usage: `${TARGETS.join('|')} --config F.yml`,
  options: {
    config: { type: 'string', value: 'F.yml', about: { en: 'configuration file', zh: '配置文件' } },
    partitions: {
      type: 'string',
      value: 'N',
      about: {
        en: 'kafka: partitions of the topics keyed by realm, where they are created; 1 by default',
        zh: 'kafka:新建时按realm分区的主题的分区数;默认1',
      },
    },
    replicas: {
      type: 'string',
      value: 'N',
      about: {
        en: 'kafka: copies of every topic, where it is created; 3 by default, or as many as there are brokers',
        zh: 'kafka:新建主题的副本数;默认3,不超过服务器数',
      },
    },
    fix: {
      type: 'boolean',
      about: {
        en: 'kafka: change settings of existing topics that would lose data',
        zh: 'kafka:修改现有主题中会导致数据丢失的设置',
      },
    },
    'dry-run': { type: 'boolean', about: { en: 'only say what would be done', zh: '只显示将执行的操作' } },
    json: { type: 'boolean', about: { en: 'as JSON', zh: '以JSON输出' } },
  },
  notes: {
    en: 'Exit 3 when something could not be done, or differs in a way that loses data and --fix was not given.',
    zh: '未能完成,或存在会丢失数据的差异且未加 --fix 时,以3退出。',
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
  ],
  async run([name, ...rest], options, io) {
    const target = name === undefined || !Object.hasOwn(SETUP_TARGETS, name) ? undefined : SETUP_TARGETS[name]
    if (name === undefined || !target)
      throw new WhytimeoutError(
        'USAGE',
        `${name === undefined ? 'say what to set up' : `no "setup ${name}"`}; known: ${TARGETS.join(', ')}`,
        'whytimeout setup',
      )
    if (rest.length > 0) throw new WhytimeoutError('USAGE', `unexpected "${rest[0]}"`, 'whytimeout setup')
    if (options.config === undefined) throw new WhytimeoutError('USAGE', 'no configuration given', '--config')
    const config = await readConfig(options.config, io.env)
    const found = await target.run(config, {
      partitions: countOf(options.partitions, '--partitions', 1_000),
      replicas: countOf(options.replicas, '--replicas', 9),
      isDryRun: options['dry-run'],
      isFix: options.fix,
      configPath: options.config,
    })
    const findings = findingsOf(found.map((f) => ({ ...f, check: name, title: target.title })))
    io.out(options.json ? JSON.stringify(findings, null, 2) : findingsText(findings, io))
    return findings.ok ? 0 : 3
  },
})

function countOf(text: string | undefined, option: string, most: number): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,3}$/.test(text) || Number(text) > most)
    throw new WhytimeoutError('USAGE', `"${text}" is no whole number from 1 to ${most}`, option)
  return Number(text)
}
