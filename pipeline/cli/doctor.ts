import { WhytimeoutError } from '../errors.js'
import { findingsText } from '../report/findings.js'
import { loadConfig } from '../run/config.js'
import { runDoctor } from '../run/doctor/doctor.js'
import { defineCommand } from './command.js'

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: {
    en: 'Check everything that the stream rests on, and say what to do.',
    zh: '检查实时分析所依赖的一切，并给出处理建议。',
  },
  usage: '--config F.yml [--json]',
  options: {
    config: { type: 'string', value: 'F.yml', about: { en: 'configuration file', zh: '配置文件' } },
    json: { type: 'boolean', about: { en: 'as JSON, in both languages', zh: '以JSON输出（含中英文）' } },
  },
  notes: {
    en: 'It only reads, and may run beside the stream; every check ends within 20 s. Exit 0 when nothing failed (warnings are allowed), 3 when a check failed, 2 when the configuration cannot be read.',
    zh: '只读，可与实时分析同时运行；每项检查最多20秒。全部通过（允许警告）时以0退出，有检查失败时以3退出，配置无效时以2退出。',
  },
  examples: [
    {
      run: 'whytimeout doctor --config whytimeout.yml',
      about: { en: 'before the first start, and whenever something seems wrong', zh: '首次启动前或出现异常时' },
    },
    {
      run: 'whytimeout doctor --config whytimeout.yml --json | jq \'.findings[] | select(.state == "fail")\'',
      about: { en: 'for a monitor', zh: '供监控使用' },
    },
  ],
  async run(args, options, io) {
    if (args.length > 0) throw new WhytimeoutError('USAGE', `unexpected "${args[0]}"`, 'whytimeout doctor')
    if (options.config === undefined) throw new WhytimeoutError('USAGE', 'no configuration given', '--config')
    const config = await loadConfig(options.config, io.env)
    const findings = await runDoctor({ config, now: io.now })
    io.out(options.json ? JSON.stringify(findings, null, 2) : findingsText(findings, io))
    return findings.ok ? 0 : 3
  },
})
