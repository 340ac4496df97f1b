import { findingsOf } from '../../schemas/doctor.js'
import { WhytimeoutError } from '../errors.js'
import { findingsText } from '../report/findings.js'
import { setupKafka } from '../run/setup/kafka.js'
import { numberOption } from './number-option.js'
import { defineTarget } from './setup-target.js'

const TITLE = { en: 'Internal topics', zh: '内部主题' }

export const kafkaTarget = defineTarget({
  options: {
    partitions: {
      type: 'string',
      value: 'N',
      about: {
        en: 'kafka: partitions of the topics keyed by realm, where they are created; 1 by default',
        zh: 'kafka：新建时按realm分区的主题的分区数；默认1',
      },
    },
    replicas: {
      type: 'string',
      value: 'N',
      about: {
        en: 'kafka: copies of every topic, where it is created; 3 by default, or as many as there are brokers',
        zh: 'kafka：新建主题的副本数；默认3，不超过服务器数',
      },
    },
    fix: {
      type: 'boolean',
      about: {
        en: 'kafka: change settings of existing topics that would lose data',
        zh: 'kafka：修改现有主题中会导致数据丢失的设置',
      },
    },
    json: { type: 'boolean', about: { en: 'kafka: as JSON, in both languages', zh: 'kafka：以JSON输出（含中英文）' } },
  },
  async run({ kafka }, values, io) {
    if (kafka === undefined)
      throw new WhytimeoutError('CONFIG_INVALID', 'the key "kafka" is missing', 'whytimeout setup kafka')
    const found = await setupKafka(kafka, {
      partitions: countOf(values.partitions, '--partitions', 1_000),
      replicas: countOf(values.replicas, '--replicas', 9),
      dryRun: values['dry-run'],
      fix: values.fix,
    })
    const findings = findingsOf(found.map((f) => ({ ...f, check: 'kafka', title: TITLE })))
    io.out(values.json ? JSON.stringify(findings, null, 2) : findingsText(findings, io))
    return findings.ok ? 0 : 3
  },
})

const countOf = (text: string | undefined, option: string, most: number): number | undefined =>
  text === undefined ? undefined : numberOption(text, option, most)
