import type { FactName } from '../../schemas/facts.js'
import { type Bilingual, LOG_NAMES } from '../../schemas/rule.js'
import type { Phase, Scope, Sufferer } from '../../schemas/vocabulary.js'
import type { Facts } from './facts/fact.js'
import type { StandIn } from './observation.js'

const PHASE: Readonly<Record<Phase, Bilingual>> = {
  dns: { en: 'looking the name up', zh: '域名解析' },
  connect: { en: 'connecting', zh: '建立连接' },
  tls: { en: 'the TLS handshake', zh: 'TLS握手' },
  response: { en: 'waiting for the answer', zh: '等待应答' },
  idle: { en: 'using a kept-open connection again', zh: '复用空闲长连接' },
}
const WHO: Readonly<Record<Sufferer, Bilingual>> = {
  terminal: { en: 'The terminal', zh: '终端' },
  gateway: { en: 'The gateway', zh: '网关' },
}
const REACH: Readonly<Record<Scope, Bilingual>> = {
  terminal: { en: 'only this terminal is hit', zh: '仅影响该终端' },
  site: { en: 'the whole site is hit', zh: '影响整个门店' },
  isp: { en: 'the access provider’s sites are hit', zh: '影响该运营商的门店' },
  endpoint: { en: 'everybody who uses this service is hit', zh: '影响所有使用该服务的终端' },
  fleet: { en: 'the whole fleet is hit', zh: '影响全网' },
}

export type Story = {
  readonly who: string | undefined
  readonly sufferer: Sufferer
  readonly standIn: StandIn | undefined
  readonly target: string | undefined
  readonly phase: Phase
  readonly durationMs: number
  /** Absent when the verdict is `unknown`. */
  readonly mechanism:
    | { readonly name: Bilingual; readonly summary: Bilingual; readonly nextStep: Bilingual }
    | undefined
  readonly confidence: number
  readonly scope: Scope
  readonly missing: readonly string[]
}

const ALONE: Readonly<Record<StandIn, Bilingual>> = {
  'health-check': {
    en: "Nobody's attempt is in the logs: it is a health check that ran out.",
    zh: '日志中没有任何交易，超时的只是健康检查。',
  },
  resolver: {
    en: "No client's attempt is in the logs: the name server waited on behalf of its clients.",
    zh: '日志中没有客户端的交易，等待的是代客户端查询的域名服务器。',
  },
  system: {
    en: "No payment's attempt is in the logs: the operating system looked a name up in vain.",
    zh: '日志中没有任何交易，仅有操作系统的域名查询未果。',
  },
}
const WATCHER: Readonly<Record<StandIn, Bilingual>> = {
  'health-check': { en: 'The health check', zh: '健康检查' },
  resolver: { en: 'The name server', zh: '域名服务器' },
  system: { en: 'The operating system of the terminal', zh: '终端的操作系统' },
}

/** The verdict in two or three sentences, in both languages. */
export function explain(story: Story): Bilingual {
  const percent = Math.round(story.confidence * 100)
  const missing = (lang: 'en' | 'zh'): string =>
    story.missing.map((kind) => LOG_NAMES[kind]?.[lang] ?? kind).join(lang === 'en' ? ', ' : '、')
  const secs = (story.durationMs / 1000).toFixed(1)
  const who = story.standIn === undefined ? WHO[story.sufferer] : WATCHER[story.standIn]
  const en = [
    `${who.en}${story.who ? ` ${story.who}` : ''} gave up ${PHASE[story.phase].en}${story.target ? ` (${story.target})` : ''} after ${secs} s.`,
    story.standIn === undefined ? '' : ALONE[story.standIn].en,
    story.mechanism
      ? `${story.mechanism.name.en} (${percent} %): ${REACH[story.scope].en}. ${story.mechanism.nextStep.en}`
      : `The logs at hand do not decide why (${percent} %).`,
    story.missing.length > 0 ? `What would tell more: ${missing('en')}.` : '',
  ]
  const zh = [
    `${who.zh}${story.who ? ` ${story.who} ` : ''}在${PHASE[story.phase].zh}阶段${story.target ? `（${story.target}）` : ''}等待 ${secs} 秒后放弃。`,
    story.standIn === undefined ? '' : ALONE[story.standIn].zh,
    story.mechanism
      ? `${story.mechanism.name.zh}（${percent} %），${REACH[story.scope].zh}。${story.mechanism.nextStep.zh}`
      : `现有日志不足以判定原因（${percent} %）。`,
    story.missing.length > 0 ? `缺少可判定的日志：${missing('zh')}。` : '',
  ]
  return { en: en.filter(Boolean).join(' '), zh: zh.filter(Boolean).join('') }
}

/** Facts as a line of evidence: what they mean, where the signal says it, and their values. */
export function factText(description: string | undefined, facts: Facts, names: readonly FactName[]): string {
  const values = names.map((n) => `${n} = ${facts.get(n)?.value ?? '?'}`).join(', ')
  return description === undefined ? values : `${description} (${values})`
}
